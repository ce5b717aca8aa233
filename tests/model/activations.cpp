#include <tributary/model/activations.hpp>

#include <doctest/doctest.h>

#include <tributary/model/sequential.hpp>

#include "model/helpers.hpp"

using namespace tributary;

namespace {
struct Softsign {
  auto value(const auto& x) const { return x / (1 + abs(x)); }
  auto derivative(const auto& x, const auto&) const { return 1 / square(1 + abs(x)); }
};

double at(const auto& activation, double x) {
  const Eigen::ArrayXd in = Eigen::ArrayXd::Constant(1, x);
  const Eigen::ArrayXd out = activation.value(in);
  return out[0];
}

void check_slopes(const auto& activation) {
  // No point is at a corner.
  const Eigen::ArrayXd x{{-40, -3.1, -2.2, -0.7, -0.01, 0.01, 0.4, 1.3, 2.6, 5.5, 40}};
  constexpr double step = 1e-6;
  const Eigen::ArrayXd y = activation.value(x);
  const Eigen::ArrayXd slope = activation.derivative(x, y);
  const Eigen::ArrayXd higher = x + step, lower = x - step;
  const Eigen::ArrayXd above = activation.value(higher), below = activation.value(lower);
  CHECK(((above - below) / (2 * step) - slope).abs().maxCoeff() < 1e-8);

  const Eigen::ArrayXf x_float = x.cast<float>();
  const Eigen::ArrayXf y_float = activation.value(x_float);
  const Eigen::ArrayXf slope_float = activation.derivative(x_float, y_float);
  CHECK(((y_float.cast<double>() - y) / (1 + y.abs())).abs().maxCoeff() < 1e-6);
  CHECK((slope_float.cast<double>() - slope).abs().maxCoeff() < 1e-6);

  auto net = sequential<double>(Dense<3, 5>{}, activation, Dense<5, 1>{}, MeanSquaredError{});
  Vector<double> parameters(net.parameter_count());
  Rng rng = Seed{3}.rng();
  net.initialize(parameters, rng);
  auto batch = random_batch(3, 8, Seed{4});
  batch.targets = Matrix<double>::Ones(1, 8);
  check_gradient(net, parameters, batch);
}
}  // namespace

TEST_CASE("the derivative of each activation is its slope, in float as in double, in a net too") {
  check_slopes(Linear{});
  check_slopes(Relu{});
  check_slopes(LeakyRelu{.slope = 0.2});
  check_slopes(Elu{.alpha = 1.5});
  check_slopes(Tanh{});
  check_slopes(Sigmoid{});
  check_slopes(HardSigmoid{});
  check_slopes(Swish{});
  check_slopes(Softplus{});
}

TEST_CASE("an activation of one's own takes two lines") { check_slopes(Softsign{}); }

TEST_CASE("the activations have the values of their formulas") {
  CHECK(at(Linear{}, -3) == -3);
  CHECK(at(Relu{}, -3) == 0);
  CHECK(at(Relu{}, 3) == 3);
  CHECK(at(LeakyRelu{.slope = 0.1}, -3) == doctest::Approx(-0.3));
  CHECK(at(LeakyRelu{}, 3) == 3);
  CHECK(at(Elu{.alpha = 2}, -1) == doctest::Approx(2 * (std::exp(-1) - 1)));
  CHECK(at(Elu{}, 3) == 3);
  CHECK(at(Tanh{}, 0.5) == doctest::Approx(std::tanh(0.5)));
  CHECK(at(Sigmoid{}, 0.5) == doctest::Approx(1 / (1 + std::exp(-0.5))));
  CHECK(at(HardSigmoid{}, 1) == doctest::Approx(0.7));
  CHECK(at(HardSigmoid{}, 2.6) == 1);
  CHECK(at(HardSigmoid{}, -2.6) == 0);
  CHECK(at(Swish{}, 2) == doctest::Approx(2 / (1 + std::exp(-2))));
  CHECK(at(Softplus{}, 1) == doctest::Approx(std::log1p(std::exp(1))));
}

TEST_CASE("the smooth activations stay finite far out") {
  for (const double x : {-1e4, 1e4}) {
    CHECK(std::isfinite(at(Elu{}, x)));
    CHECK(std::isfinite(at(Tanh{}, x)));
    CHECK(std::isfinite(at(Sigmoid{}, x)));
    CHECK(std::isfinite(at(Swish{}, x)));
    CHECK(at(Softplus{}, x) == doctest::Approx(x > 0 ? x : 0));
  }
}
