// Closed forms from the papers, reproduced by whole training runs in double.
#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "support/distance.hpp"

using namespace tributary;
using namespace tributary::test;

TEST_CASE("stability of DOWNPOUR with a fixed delay: eta h < 2 sin(pi / (2 (2d + 1)))") {
  const auto bound = [](int d) { return 2 * std::sin(std::numbers::pi / (2 * (2 * d + 1))); };
  CHECK(bound(8) == doctest::Approx(0.1845).epsilon(1e-3));
  CHECK(bound(9) == doctest::Approx(0.1652).epsilon(1e-3));
  CHECK(bound(19) == doctest::Approx(0.0805).epsilon(1e-3));

  for (const int n : {2, 9, 10, 20}) {  // delay d = n - 1
    const auto run = [&](double eta) {
      return distance(NoisyQuadratic{}, Simulated{.workers = n}, 20000 / n, Downpour{.period = 1},
                      Sgd{.learning_rate = eta});
    };
    CAPTURE(n);
    CHECK(run(0.98 * bound(n - 1)) < 1e-2);
    CHECK(!(run(1.02 * bound(n - 1)) < 1e2));
  }
  const auto booth = [&](int n) {  // eta h = 0.18
    const Noise data{.rows = static_cast<std::size_t>(2000 * n)};
    const auto trained = Trainer{
        Booth{}, Simulated{.workers = n}, Downpour{.period = 1},
        Sgd{.learning_rate =
                0.01}}.train(data, {.batch_size = 1});
    return (trained.parameters() - Vector<double>{{1, 3}}).norm();
  };
  CHECK(booth(9) < 1e-6);
  CHECK(!(booth(10) < 1e6));
}
