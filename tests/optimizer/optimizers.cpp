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

#include <algorithm>
#include <cmath>
#include <limits>
#include <optimizer/reference.hpp>

using namespace tributary;

TEST_CASE_TEMPLATE("SGD and momentum follow their formulas", S, float, double) {
  check_against<S>(Sgd{0.01}, [](double& x, double g, double&, double&, int) { x -= 0.01 * g; });
  check_against<S>(Momentum{.learning_rate = 0.02, .momentum = 0.8},
                   [](double& x, double g, double& v, double&, int) {
                     v = 0.8 * v - 0.02 * g;
                     x += v;
                   });
}

TEST_CASE_TEMPLATE("Adagrad follows its formula", S, float, double) {
  check_against<S>(Adagrad{.learning_rate = 0.1, .initial_accumulator = 0.3},
                   [](double& x, double g, double& a, double&, int t) {
                     if (t == 1) a = 0.3;
                     a += g * g;
                     x -= 0.1 * g / std::sqrt(a + 1e-7);
                   });
  check_against<S>(Adagrad{.initial_accumulator = 0, .epsilon = 1e-5},
                   [](double& x, double g, double& a, double&, int) {
                     a += g * g;
                     x -= 0.001 * g / std::sqrt(a + 1e-5);
                   });
}

TEST_CASE_TEMPLATE("RMSprop follows its formula", S, float, double) {
  check_against<S>(RmsProp{.learning_rate = 0.02, .rho = 0.8},
                   [](double& x, double g, double& v, double&, int) {
                     v = 0.8 * v + 0.2 * g * g;
                     x -= 0.02 * g / std::sqrt(v + 1e-7);
                   });
}

TEST_CASE_TEMPLATE("Adadelta follows its formula", S, float, double) {
  check_against<S>(Adadelta{.learning_rate = 0.5, .rho = 0.9, .epsilon = 1e-6},
                   [](double& x, double g, double& v, double& d, int) {
                     v = 0.9 * v + 0.1 * g * g;
                     const double step = -std::sqrt(d + 1e-6) / std::sqrt(v + 1e-6) * g;
                     d = 0.9 * d + 0.1 * step * step;
                     x += 0.5 * step;
                   });
}

TEST_CASE_TEMPLATE("Adam and AdamW follow their formula", S, float, double) {
  for (const double decay : {0.0, 0.004, 0.5}) {
    const auto formula = [decay](double& x, double g, double& m, double& v, int t) {
      m = 0.8 * m + 0.2 * g;
      v = 0.99 * v + 0.01 * g * g;
      const double rate = 0.05 * std::sqrt(1 - std::pow(0.99, t)) / (1 - std::pow(0.8, t));
      x -= 0.05 * decay * x;
      x -= rate * m / (std::sqrt(v) + 1e-7);
    };
    check_against<S>(
        AdamW{.learning_rate = 0.05, .beta_1 = 0.8, .beta_2 = 0.99, .weight_decay = decay},
        formula);
    if (decay == 0) {
      check_against<S>(Adam{.learning_rate = 0.05, .beta_1 = 0.8, .beta_2 = 0.99}, formula);
    }
  }
}

TEST_CASE_TEMPLATE("Adamax follows its formula", S, float, double) {
  check_against<S>(Adamax{.learning_rate = 0.05, .beta_1 = 0.8, .beta_2 = 0.95},
                   [](double& x, double g, double& m, double& u, int t) {
                     m = 0.8 * m + 0.2 * g;
                     u = std::max(0.95 * u, std::abs(g));
                     x -= 0.05 / (1 - std::pow(0.8, t)) * m / (u + 1e-7);
                   });
}

TEST_CASE_TEMPLATE("Nadam follows its formula", S, float, double) {
  const auto momentum = [](int t) { return 0.8 * (1 - 0.5 * std::pow(0.96, t)); };
  check_against<S>(Nadam{.learning_rate = 0.05, .beta_1 = 0.8, .beta_2 = 0.99, .epsilon = 1e-5},
                   [&](double& x, double g, double& m, double& v, int t) {
                     m = 0.8 * m + 0.2 * g;
                     v = 0.99 * v + 0.01 * g * g;
                     double product = 1;
                     for (int i = 1; i <= t; ++i) product *= momentum(i);
                     const double mean = momentum(t + 1) * m / (1 - product * momentum(t + 1)) +
                                         (1 - momentum(t)) * g / (1 - product);
                     x -= 0.05 * mean / (std::sqrt(v / (1 - std::pow(0.99, t))) + 1e-5);
                   });
}

TEST_CASE("a NaN in the gradient is not hidden") {
  const auto poisoned = [](const auto& optimizer) {
    Vector<float> x = Vector<float>::Ones(40), g = Vector<float>::Ones(40);
    g[17] = std::numeric_limits<float>::quiet_NaN();
    auto stepper = optimizer.make_stepper(x);
    stepper.apply(x, g);
    return std::isnan(x[17]) && !std::isnan(x[16]);
  };
  CHECK(poisoned(Momentum{}));
  CHECK(poisoned(Adagrad{}));
  CHECK(poisoned(RmsProp{}));
  CHECK(poisoned(Adadelta{}));
  CHECK(poisoned(Adam{}));
  CHECK(poisoned(Adamax{}));
  CHECK(poisoned(Nadam{}));
}
