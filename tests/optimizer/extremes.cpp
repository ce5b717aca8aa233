#include <tributary/optimizer/adadelta.hpp>
#include <tributary/optimizer/adagrad.hpp>
#include <tributary/optimizer/adam.hpp>
#include <tributary/optimizer/adam_w.hpp>
#include <tributary/optimizer/adamax.hpp>
#include <tributary/optimizer/nadam.hpp>
#include <tributary/optimizer/rms_prop.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <tributary/core/finite.hpp>
#include <tributary/transport/detail/flush_denormals.hpp>
#include <vector>

using namespace tributary;

namespace {

/// x after each of the gradients, from 0, as the optimizer has it in S.
template <class S, class O>
std::vector<double> path(const O& optimizer, const std::vector<double>& gradients) {
  Vector<S> x = Vector<S>::Zero(19);  // whole vectors and a rest
  auto stepper = optimizer.make_stepper(x);
  std::vector<double> path;
  for (const double g : gradients) {
    Vector<S> gradient = Vector<S>::Constant(19, static_cast<S>(g));
    stepper.apply(x, gradient);
    CHECK((x[0] == x[18] || is_nan(x[0])));
    path.push_back(static_cast<double>(x[0]));
  }
  return path;
}

/// Each step of it, within `precision` of the largest so far.
void check_path(const std::vector<double>& found, const std::vector<double>& expected,
                double precision) {
  double largest = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    largest = std::max(largest, std::abs(expected[i]));
    CHECK(std::abs(found[i] - expected[i]) <= precision * largest);
  }
}

template <class O>
std::string error_of(const O& optimizer) {
  try {
    optimizer.validate();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "nothing";
}

}  // namespace

TEST_CASE_TEMPLATE("means with decay 0 depend on the last gradient alone", S, float, double) {
  // A step of Adam without moments is η times the sign of the gradient, for any earlier steps.
  check_path(path<S>(Adam{.beta_1 = 0, .beta_2 = 0}, {1, 1e-3, -1e-4}), {-1e-3, -2e-3, -1e-3},
             2e-3);  // by ε
  check_path(path<S>(RmsProp{.rho = 0, .epsilon = 1e-20}, {1, 1e-5, -1e-5}), {-1e-3, -2e-3, -1e-3},
             1e-6);
}

TEST_CASE_TEMPLATE("means decay at every rate", S, float, double) {
  const std::vector<double> gradients{1, 1e-5, -3e-3, 1e-6, 2, -1e-4, -1e-4};
  const double precision = sizeof(S) == 4 ? 1e-5 : 1e-12;
  for (const double beta_1 : {0.0, 1e-8, 0.3, 0.5, 0.9}) {
    for (const double beta_2 : {0.0, 1e-9, 1e-4, 0.1, 0.49, 0.5, 0.999}) {
      CAPTURE(beta_1);
      CAPTURE(beta_2);
      double x = 0, y = 0, m = 0, v = 0;
      std::vector<double> adam, rms;
      for (std::size_t i = 0; i < gradients.size(); ++i) {
        const double g = static_cast<double>(static_cast<S>(gradients[i]));
        const double t = static_cast<double>(i + 1);
        m = beta_1 * m + (1 - beta_1) * g;
        v = beta_2 * v + (1 - beta_2) * g * g;
        x -= 0.01 * std::sqrt(1 - std::pow(beta_2, t)) / (1 - std::pow(beta_1, t)) * m /
             (std::sqrt(v) + 1e-10);
        y -= 0.01 * g / std::sqrt(v + 1e-20);
        adam.push_back(x);
        rms.push_back(y);
      }
      const Adam optimizer{
          .learning_rate = 0.01, .beta_1 = beta_1, .beta_2 = beta_2, .epsilon = 1e-10};
      check_path(path<S>(optimizer, gradients), adam, precision);
      check_path(
          path<S>(RmsProp{.learning_rate = 0.01, .rho = beta_2, .epsilon = 1e-20}, gradients), rms,
          precision);
    }
  }
}

TEST_CASE("Adamax' mean decays at once with decay 0") {
  check_path(path<float>(Adamax{.beta_1 = 0, .beta_2 = 0, .epsilon = 1e-20}, {1, 1e-9, -1e-9}),
             {-1e-3, -2e-3, -1e-3}, 1e-6);
}

TEST_CASE("steps have the same size for gradients of any size") {
  const std::vector<double> ordinary(5, 1e5);
  const auto check = [&](const auto& optimizer) {
    const auto expected = path<double>(optimizer, ordinary);
    for (const double size : {1e10, 8e18, 1.7e19, 1.9e19, 1e20, 1e30, 3e38}) {
      CAPTURE(size);
      check_path(path<float>(optimizer, std::vector<double>(5, size)), expected, 1e-5);
      CHECK(expected.back() < -1e-3);
    }
    check_path(path<double>(optimizer, std::vector<double>(5, 1e300)), expected, 1e-9);
    // Infinity is no size.
    for (const double size : {INFINITY, -INFINITY}) {
      CHECK(is_nan(path<float>(optimizer, {size}).back()));
      CHECK(is_nan(path<double>(optimizer, {size}).back()));
    }
  };
  check(Adam{});
  check(Adam{.beta_1 = 0, .beta_2 = 0});
  check(AdamW{});
  check(Nadam{});
  check(RmsProp{});
  check(RmsProp{.rho = 0.999});
  check(Adamax{});
}

TEST_CASE("Adamax continues after a very large gradient") {
  const FlushDenormals flushed;  // by hand: m / u of 1e19, of 1e25 with a tenth of it, …
  check_path(path<float>(Adamax{}, {1e19, 1e25, 3e38, -3e38, 1e-30, 0}),
             {-0.001, -0.00152632, -0.00189532, -0.00186624, -0.00184424, -0.00182692}, 1e-5);
}

TEST_CASE("an epsilon that float rounds away is refused by name") {
  CHECK(error_of(Adam{.epsilon = 1e-30}) == "Adam::epsilon = 1e-30, must be at least 1e-16");
  CHECK(error_of(AdamW{.epsilon = 1e-50}) == "AdamW::epsilon = 1e-50, must be at least 1e-16");
  CHECK(error_of(Nadam{.epsilon = 0}) == "Nadam::epsilon = 0, must be at least 1e-16");
  CHECK(error_of(RmsProp{.epsilon = 1e-50}) == "RmsProp::epsilon = 1e-50, must be at least 1e-32");
  CHECK(error_of(Adagrad{.epsilon = 1e-40}).find("Adagrad::epsilon = 1e-40") == 0);
  CHECK(error_of(Adadelta{.epsilon = 1e-50}).find("Adadelta::epsilon = 1e-50") == 0);
  CHECK(error_of(Adamax{.epsilon = 1e-50}).find("Adamax::epsilon = 1e-50") == 0);
}

TEST_CASE("the smallest epsilon gives a step that is right for every gradient") {
  // After steady gradients Adam's step is η g / (|g| + ε).
  for (double size = 1e-30; size < 1; size *= 10) {
    CAPTURE(size);
    const auto found = path<float>(Adam{.beta_1 = 0, .epsilon = 1e-16}, {size});
    const double epsilon = 1e-16 / std::sqrt(1e-3);  // as ε is added to √v before the correction
    CHECK(found.back() == doctest::Approx(-1e-3 * size / (size + epsilon)).epsilon(1e-2));
  }
}
