#include <tributary/data/imputer.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <span>
#include <stdexcept>
#include <vector>

using namespace tributary;

namespace {

const float missing = std::nanf("");

Events holes() {
  Events events{.features = Matrix<float>(2, 5), .feature_names = {"pt", "eta"}};
  events.features << 1, missing, 2, 9, 4, missing, 5, missing, 8, 5;
  return events;
}

}  // namespace

TEST_CASE("NaN becomes the mean or the median of the present values, and the rest stays") {
  Events events = holes();
  CHECK(Imputer::fit(events).values == std::vector{4.0, 6.0});
  const auto median = Imputer::fit(events, Imputation::median);
  CHECK(median.values == std::vector{3.0, 5.0});  // of 1 2 4 9, and of 5 5 8
  median.apply(events);
  Matrix<float> expected(2, 5);
  expected << 1, 3, 2, 9, 4, 5, 5, 5, 8, 5;
  CHECK(events.features == expected);
}

TEST_CASE("NaN becomes a constant, also in a feature without any value") {
  Events events = holes();
  events.features.row(0).setConstant(missing);
  CHECK_THROWS_WITH_AS(Imputer::fit(events),
                       "Imputer::fit: feature = pt, must be with at least one value",
                       std::invalid_argument);
  Imputer::constant(events, -1).apply(events);
  CHECK((events.features.row(0).array() == -1).all());
  CHECK(events.features(1, 0) == -1);
  CHECK(events.features(1, 1) == 5);
}

TEST_CASE("one event is imputed in place") {
  std::vector event{missing, 2.0f};
  Imputer{.values = {7, 8}}.apply(std::span{event});
  CHECK(event == std::vector{7.0f, 2.0f});
}

TEST_CASE("an imputer of other features, or with NaN, is an error") {
  Events events = holes();
  CHECK_THROWS_WITH_AS((Imputer{.values = {1}}.apply(events)),
                       "Imputer::apply: features = 2, must be 1 as fitted", std::invalid_argument);
  CHECK_THROWS_AS(Imputer::constant(events, std::nan("")), std::invalid_argument);
}
