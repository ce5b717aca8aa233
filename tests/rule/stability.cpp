#include <tributary/rule/stability.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <string>

#include "support/distance.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {

constexpr double h = 2;

/// Whether a run on the quadratic converges, or diverges, as the advice foretells. A run takes
/// 2 % beside a bound to show which.
template <class Rule, class... Optimizer>
void foretells(bool stable, int workers, const Rule& rule, const QuadraticModel& model,
               const Optimizer&... optimizer) {
  CAPTURE(workers);
  CAPTURE(rule.period);
  CAPTURE(rule.overlap);
  CAPTURE(model.learning_rate);
  const auto advice = advise(rule, workers, model);
  CHECK(advice.empty() == stable);
  const double far = distance(NoisyQuadratic{.h = model.curvature}, Simulated{.workers = workers},
                              6000, rule, optimizer...);
  if (stable) {
    CHECK(far < 1e-2);
    CHECK_NOTHROW(require_stable(rule, workers, model));
  } else {
    CHECK(!(far < 1e2));
    REQUIRE(advice.size() == 1);
    CHECK(advice[0].figure > advice[0].bound);
    CHECK(advice[0].figure < 1.05 * advice[0].bound);
    CHECK(advice[0].proven);
    CHECK_THROWS_AS(require_stable(rule, workers, model), std::invalid_argument);
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

double delay_bound(int workers) { return 2 * std::sin(std::numbers::pi / (2 * (2 * workers - 1))); }
/// η at which 1 − (1 − ηh)^τ is f.
double rate_of(double f, int period) { return (1 - std::pow(1 - f, 1.0 / period)) / h; }

}  // namespace

TEST_CASE("delayed steps diverge just beyond the bound that the advice names") {
  for (const int workers : {3, 8, 20}) {
    const double bound = delay_bound(workers);
    for (const int period : {1, 4}) {
      turns_at(rate_of(bound, period), workers, Downpour{.period = period});
      turns_at(bound / h, workers, AsynchronousSgd{.period = period});
    }
    if (2 * bound < 1) turns_at(rate_of(2 * bound, 2), workers, Adag{.period = 2});
  }
}
