#include <tributary/model/initialisation.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

using namespace tributary;

TEST_CASE("each initialisation has mean 0 and the variance of its paper") {
  constexpr Index inputs = 400, outputs = 500;
  const auto check = [](Initialisation initialisation, double expected, bool bounded) {
    std::vector<double> weights(inputs * outputs);
    Rng rng = Seed{8}.rng();
    draw_weights<double>(initialisation, inputs, outputs, weights, rng);
    const auto count = static_cast<double>(weights.size());
    double sum = 0, squares = 0, largest = 0;
    for (const double weight : weights) {
      sum += weight;
      squares += weight * weight;
      largest = std::max(largest, std::abs(weight));
    }
    CHECK(std::abs(sum / count) < 5 * std::sqrt(expected / count));  // 5 σ
    CHECK(squares / count == doctest::Approx(expected).epsilon(0.02));
    CHECK((largest <= std::sqrt(3 * expected)) == bounded);
  };
  check(Initialisation::glorot_uniform, 2.0 / 900, true);
  check(Initialisation::glorot_normal, 2.0 / 900, false);
  check(Initialisation::he_uniform, 2.0 / 400, true);
  check(Initialisation::he_normal, 2.0 / 400, false);
  check(Initialisation::lecun_uniform, 1.0 / 400, true);
  check(Initialisation::lecun_normal, 1.0 / 400, false);
}
