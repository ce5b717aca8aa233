#include <tributary/optimizer/nesterov.hpp>

#include <doctest/doctest.h>

#include <cmath>

using namespace tributary;

TEST_CASE_TEMPLATE("Nesterov's step and apply are one trajectory, in x and in y = x + mu v", S,
                   float, double) {
  const auto oracle = [](ConstView<S> at, View<S> gradient) -> Loss {
    gradient = (at.array().sin() + at.array()).matrix();
    return static_cast<Loss>(at.squaredNorm() / 2 - at.array().cos().sum());
  };
  const S mu = static_cast<S>(0.8);
  const Nesterov optimizer{.learning_rate = 0.05, .momentum = 0.8};
  Vector<S> x = Vector<S>::LinSpaced(700, -2, 2), y = x, gradient(700);
  auto at_x = optimizer.make_stepper(x), at_y = optimizer.make_stepper(y);
  for (int i = 0; i < 30; ++i) {
    at_x.step(x, oracle);
    oracle(y, gradient);
    at_y.apply(y, gradient);
    const S tolerance = std::same_as<S, float> ? S(1e-5) : S(1e-13);
    REQUIRE((y - x - mu * at_x.velocity).template lpNorm<Eigen::Infinity>() < tolerance);
  }
}

TEST_CASE("Nesterov looks ahead: stable up to eta h = (2 + 2 mu) / (1 + 2 mu), not beyond") {
  // Looking behind instead is stable only up to (1 − μ)/μ = 0.11.
  const auto last = [](double learning_rate) {
    Vector<double> x = Vector<double>::Ones(3);
    auto stepper = Nesterov{.learning_rate = learning_rate, .momentum = 0.9}.make_stepper(x);
    for (int i = 0; i < 4000; ++i) {
      stepper.step(x, [](ConstView<double> at, View<double> gradient) -> Loss {
        gradient = at;
        return at.squaredNorm() / 2;
      });
    }
    return x.norm();
  };
  const double bound = 3.8 / 2.8;
  CHECK(last(0.99 * bound) < 1e-6);
  CHECK(last(1.01 * bound) > 1e6);
}
