#include <tributary/model/initialization.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <tributary/model/model.hpp>
#include <vector>

using namespace tributary;

TEST_CASE("each initialization has mean 0 and the variance of its paper") {
  constexpr Index inputs = 400, outputs = 500;
  const auto check = [](Initialization initialization, double expected, bool bounded) {
    std::vector<double> weights(inputs * outputs);
    Rng rng = Seed{8}.rng();
    draw_weights<double>(initialization, inputs, outputs, weights, rng);
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
  check(Initialization::glorot_uniform, 2.0 / 900, true);
  check(Initialization::glorot_normal, 2.0 / 900, false);
  check(Initialization::he_uniform, 2.0 / 400, true);
  check(Initialization::he_normal, 2.0 / 400, false);
  check(Initialization::lecun_uniform, 1.0 / 400, true);
  check(Initialization::lecun_normal, 1.0 / 400, false);
}

namespace {
struct OldSpelling {
  using Scalar = double;
  using Batch = int;
  Index parameter_count() const { return 2; }
  void initialise(View<double> out, Rng&) const { out << 3, 4; }
  Loss loss_and_gradient(ConstView<double>, const int&, View<double>) const { return 0; }
};
}  // namespace

TEST_CASE("a model that spells it initialise() is still a model") {
  static_assert(Model<OldSpelling>);
  Vector<double> out(2);
  Rng rng = Seed{1}.rng();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  detail::initialize(OldSpelling{}, View<double>{out}, rng);
#pragma GCC diagnostic pop
  CHECK(out[0] == 3);
  CHECK(out[1] == 4);
}
