#include <tributary/core/measurements.hpp>

#include <doctest/doctest.h>

#include <cmath>

using namespace tributary;

TEST_CASE("mean and spread of 2, 4, 4, 4, 5, 5, 7, 9 are 5 and the root of 32/7") {
  const Measurements some{{2, 4, 4, 4, 5, 5, 7, 9}};
  CHECK(some.mean() == 5);
  CHECK(some.spread() == doctest::Approx(2.138089935299395));  // numpy.std(ddof=1)
  CHECK(Measurements{{3}}.mean() == 3);
  CHECK(std::isnan(Measurements{{3}}.spread()));
  CHECK(std::isnan(Measurements{}.mean()));
}
