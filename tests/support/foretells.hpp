#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <stdexcept>
#include <tributary/rule/stability.hpp>

#include "support/distance.hpp"

namespace tributary::test {

inline constexpr double h = 2;

/// Checks that a run on the quadratic converges or diverges as predicted by the advice.
template <class Rule, class... Optimizer>
void foretells(bool stable, int workers, const Rule& rule, const QuadraticModel& model,
               const Optimizer&... optimizer) {
  CAPTURE(workers);
  CAPTURE(rule.period);
  CAPTURE(rule.overlap);
  CAPTURE(model.learning_rate);
  CAPTURE(stable);
  const double far = distance(NoisyQuadratic{.h = model.curvature}, Simulated{.workers = workers},
                              4000, rule, optimizer...);
  const auto advice = advise(rule, workers, model);
  if (stable) {
    CHECK(far < 1e-2);
    CHECK(advice.empty());
    CHECK_NOTHROW(require_stable(rule, workers, model));
  } else {
    CHECK(!(far < 1e2));
    REQUIRE(advice.size() == 1);
    CHECK(advice[0].proven);
    CHECK(advice[0].figure > advice[0].bound);
    CHECK(advice[0].figure < 1.05 * advice[0].bound);
    CHECK_THROWS_WITH_AS(require_stable(rule, workers, model), advice[0].message.c_str(),
                         std::invalid_argument);
  }
}

/// Just below and just above this learning rate.
template <class Rule>
void turns_at(double learning_rate, int workers, const Rule& rule) {
  for (const double factor : {0.98, 1.02}) {
    const double eta = factor * learning_rate;
    foretells(factor < 1, workers, rule, {.learning_rate = eta, .curvature = h},
              Sgd{.learning_rate = eta});
  }
}
template <class Rule>
void turns_at_its_own(double learning_rate, int workers, Rule rule) {
  for (const double factor : {0.98, 1.02}) {
    rule.learning_rate = factor * learning_rate;
    foretells(factor < 1, workers, rule, {.curvature = h});
  }
}
/// Just below and just above this α.
template <class Rule>
void turns_at_alpha(double alpha, int workers, Rule rule, double learning_rate) {
  for (const double factor : {0.98, 1.02}) {
    if (factor * alpha > 1) continue;  // refused anyway
    rule.moving_rate = MovingRate::alpha(factor * alpha);
    foretells(factor < 1, workers, rule, {.learning_rate = learning_rate, .curvature = h},
              Sgd{.learning_rate = learning_rate});
  }
}

inline double delay_bound(int workers) {
  return 2 * std::sin(std::numbers::pi / (2 * (2 * workers - 1)));
}
/// η at which 1 − (1 − ηh)^τ is f.
inline double rate_of(double f, int period) { return (1 - std::pow(1 - f, 1.0 / period)) / h; }

}  // namespace tributary::test
