#include <tributary/optimizer/adadelta.hpp>
#include <tributary/optimizer/adagrad.hpp>
#include <tributary/optimizer/adam.hpp>
#include <tributary/optimizer/adam_w.hpp>
#include <tributary/optimizer/adamax.hpp>
#include <tributary/optimizer/momentum.hpp>
#include <tributary/optimizer/nadam.hpp>
#include <tributary/optimizer/nesterov.hpp>
#include <tributary/optimizer/rms_prop.hpp>
#include <tributary/optimizer/sgd.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <optimizer/reference.hpp>
#include <stdexcept>
#include <string>
#include <tuple>

using namespace tributary;

TEST_CASE_TEMPLATE("the first step with Keras' defaults has its closed form", S, float, double) {
  const auto first_step = [](const auto& optimizer) {
    Vector<S> x = Vector<S>::Constant(3, 2), g = Vector<S>::Constant(3, 3);
    auto stepper = optimizer.make_stepper(x);
    stepper.apply(x, g);
    return static_cast<double>(2 - x[0]);
  };
  const auto close = [](double value) { return doctest::Approx(value).epsilon(2e-4); };
  CHECK(first_step(Sgd{}) == close(0.01 * 3));
  CHECK(first_step(Momentum{}) == close(0.01 * 3));
  CHECK(first_step(Nesterov{}) == close(0.01 * 3 * 1.9));
  CHECK(first_step(Adagrad{}) == close(0.001 * 3 / std::sqrt(9.1)));
  CHECK(first_step(RmsProp{}) == close(0.001 / std::sqrt(0.1)));
  CHECK(first_step(Adadelta{}) == close(0.001 * std::sqrt(1e-7) / std::sqrt(0.05)));
  CHECK(first_step(Adam{}) == close(0.001));
  CHECK(first_step(AdamW{}) == close(0.001 + 0.001 * 0.004 * 2));
  CHECK(first_step(Adamax{}) == close(0.001));
  const double mu_1 = 0.9 * (1 - 0.5 * 0.96), mu_2 = 0.9 * (1 - 0.5 * 0.96 * 0.96);
  CHECK(first_step(Nadam{}) == close(0.001 * (0.1 * mu_2 / (1 - mu_1 * mu_2) + 1)));
}

TEST_CASE_TEMPLATE("a shard of the parameters steps as it does in the whole", S, float, double) {
  const auto check = [](const auto& optimizer) {
    const Vector<S> initial = Vector<S>::LinSpaced(1300, -1, 1);
    Vector<S> whole = initial, left = initial.head(700), right = initial.tail(600), g(1300);
    auto of_whole = optimizer.make_stepper(whole);
    auto of_left = optimizer.make_stepper(left);
    auto of_right = optimizer.make_stepper(right);
    for (int t = 1; t <= 5; ++t) {
      for (Index k = 0; k < 1300; ++k) g[k] = static_cast<S>(gradient_at(k, t));
      Vector<S> g_whole = g;
      of_whole.apply(whole, g_whole);
      of_left.apply(left, g.head(700));
      of_right.apply(right, g.tail(600));
    }
    CHECK((whole != initial));
    // To rounding: the ends of segments are not computed by the same instructions.
    const S tolerance = 8 * std::numeric_limits<S>::epsilon();
    CHECK(whole.head(700).isApprox(left, tolerance));
    CHECK(whole.tail(600).isApprox(right, tolerance));
  };
  std::apply([&](const auto&... each) { (check(each), ...); },
             std::tuple{Sgd{}, Momentum{}, Nesterov{}, Adagrad{}, RmsProp{}, Adadelta{}, Adam{},
                        AdamW{}, Adamax{}, Nadam{}});
}

TEST_CASE_TEMPLATE("every optimizer finds the minimum of a quadratic", S, float, double) {
  // f = ½ Σ h (x − 1)², whose curvatures h differ by a factor of ten; f is 5.5 at the start.
  const auto minimize = [](const auto& optimizer, int steps) {
    const Vector<S> h = Vector<S>::LinSpaced(20, static_cast<S>(0.1), 1);
    Vector<S> x = Vector<S>::Zero(20), scratch(20);
    const auto oracle = [&](ConstView<S> at, View<S> gradient) -> Loss {
      gradient = h.cwiseProduct((at.array() - 1).matrix());
      return gradient.dot((at.array() - 1).matrix()) / 2;
    };
    auto stepper = optimizer.make_stepper(x);
    for (int i = 0; i < steps; ++i) take_step<S>(stepper, x, oracle, scratch);
    return oracle(x, scratch);
  };
  CHECK(minimize(Sgd{.learning_rate = 0.5}, 500) < 1e-6);
  CHECK(minimize(Momentum{.learning_rate = 0.1}, 500) < 1e-6);
  CHECK(minimize(Nesterov{.learning_rate = 0.1}, 500) < 1e-6);
  CHECK(minimize(Adagrad{.learning_rate = 0.5}, 500) < 1e-6);
  CHECK(minimize(RmsProp{.learning_rate = 0.001}, 3000) < 1e-4);
  CHECK(minimize(Adadelta{.learning_rate = 1, .epsilon = 1e-6}, 3000) < 1e-2);
  CHECK(minimize(Adam{.learning_rate = 0.01}, 3000) < 1e-4);
  CHECK(minimize(AdamW{.learning_rate = 0.01, .weight_decay = 1e-4}, 3000) < 1e-4);
  CHECK(minimize(Adamax{.learning_rate = 0.01}, 3000) < 1e-4);
  CHECK(minimize(Nadam{.learning_rate = 0.01}, 3000) < 1e-4);
}

TEST_CASE("validate names the field, its value and the expected range") {
  const auto message = [](const auto& optimizer) -> std::string {
    try {
      optimizer.validate();
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(message(Sgd{.learning_rate = 0}) == "Sgd::learning_rate = 0, must be positive");
  CHECK(message(Momentum{.learning_rate = -1}) == "Momentum::learning_rate = -1, must be positive");
  CHECK(message(Momentum{.momentum = 1}) == "Momentum::momentum = 1, must be in [0, 1)");
  CHECK(message(Nesterov{.momentum = 1.5}) == "Nesterov::momentum = 1.5, must be in [0, 1)");
  CHECK(message(Adagrad{.initial_accumulator = -0.1}) ==
        "Adagrad::initial_accumulator = -0.1, must be zero or positive");
  CHECK(message(Adagrad{.epsilon = 0}) == "Adagrad::epsilon = 0, must be at least 1e-32");
  CHECK(message(RmsProp{.rho = 1}) == "RmsProp::rho = 1, must be in [0, 1)");
  CHECK(message(Adadelta{.learning_rate = nan}) ==
        "Adadelta::learning_rate = nan, must be positive");
  CHECK(message(Adam{.beta_1 = 1}) == "Adam::beta_1 = 1, must be in [0, 1)");
  CHECK(message(AdamW{.weight_decay = -1}) == "AdamW::weight_decay = -1, must be zero or positive");
  CHECK(message(Adamax{.beta_2 = -0.5}) == "Adamax::beta_2 = -0.5, must be in [0, 1)");
  CHECK(message(Nadam{.epsilon = -1}) == "Nadam::epsilon = -1, must be at least 1e-16");
  std::apply([](const auto&... each) { (each.validate(), ...); },
             std::tuple{Sgd{}, Momentum{}, Nesterov{}, Adagrad{}, RmsProp{}, Adadelta{}, Adam{},
                        AdamW{}, Adamax{}, Nadam{}});
}
