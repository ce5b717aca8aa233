// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <string>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/text_stream.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/rule/adag.hpp>
#include <tributary/rule/asynchronous_sgd.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/rule/commit.hpp>
#include <tributary/rule/dc_asgd.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/rule/dynsgd.hpp>
#include <tributary/rule/eamsgd.hpp>
#include <tributary/rule/easgd.hpp>
#include <tributary/rule/hogwild.hpp>
#include <tributary/rule/independent.hpp>
#include <tributary/rule/moving_average.hpp>
#include <tributary/rule/moving_rate.hpp>
#include <tributary/rule/parameter_distance.hpp>
#include <tributary/rule/ssp.hpp>
#include <tributary/rule/synchronous_sgd.hpp>
#include <tributary/rule/update_rule.hpp>
#include <vector>

namespace tributary::inline v0_1 {

/// The loss on which a rule's stability is judged: the quadratic h x² / 2. A plain SGD step
/// multiplies x by 1 − ηh. A real loss has one such direction for each eigenvalue of its Hessian;
/// the steepest becomes unstable first.
struct QuadraticModel {
  /// η of Sgd, local or at the center. For other optimizers it is the effective rate, η / (1 − μ)
  /// with Momentum and Nesterov; every figure is then a rule of thumb. Optimizers like Adam divide
  /// each coordinate of the gradient by an estimate of its size. For them h must be the curvature
  /// in coordinates that are scaled in the same way; largest_curvature() does not measure it.
  /// Eamsgd and DcAsgd have a learning rate of their own and ignore this one.
  double learning_rate = 0;
  double curvature = 0;  ///< h, such as largest_curvature(). 0 or negative: unknown.
};

/// A warning about a setting that makes a run diverge on the quadratic, or learn slowly.
struct Advice {
  enum class Concern { divergence, slowness };
  std::string message;  ///< One line: rule, topic, figure, bound and remedy.
  double figure = 0;
  double bound = 0;    ///< Above it the run is unstable, or slow.
  bool proven = true;  ///< false: a rule of thumb.
  Concern concern = Concern::divergence;
};

namespace detail {

/// ηh
inline double steepness(double learning_rate, const QuadraticModel& model) {
  require(learning_rate >= 0 && is_finite(learning_rate), "QuadraticModel::learning_rate",
          learning_rate, "zero or positive");
  require(is_finite(model.curvature), "QuadraticModel::curvature", model.curvature, "finite");
  return learning_rate * std::max(model.curvature, 0.0);
}

/// "where: figure_formula = 3, stable below bound_formula = 2 with; try remedy"
struct Wording {
  std::string where, figure_formula, bound_formula, with = {}, remedy = {};
};
inline std::vector<Advice> advice_above(double bound, double figure, bool proven,
                                        const Wording& text) {
  if (!(figure > bound)) return {};
  TextStream message;
  message.precision(4);
  message << text.where << ": " << text.figure_formula << " = " << figure << ", stable below "
          << (proven ? "" : "about ") << text.bound_formula
          << (text.bound_formula.empty() ? "" : " = ") << bound << text.with << "; try "
          << text.remedy;
  return {{message.str(), figure, bound, proven}};
}

/// A worker's own steps are stable for |1 − ηh| < 1. With Nesterov's momentum δ the roots are those
/// of λ² − (1 + δ)(1 − ηh) λ + δ (1 − ηh); at the bound one of them passes −1.
inline std::vector<Advice> local_steps(const std::string& rule, double steepness,
                                       double momentum = 0) {
  return advice_above((2 + 2 * momentum) / (1 + 2 * momentum), steepness, true,
                      {rule + ": local steps", "ηh", momentum > 0 ? "(2 + 2δ)/(1 + 2δ)" : "", "",
                       "a smaller learning rate"});
}

/// Workers commit in turn. Each adds −f times the center of d = workers − 1 merges ago:
/// θ̃ ← θ̃ − f θ̃_d. The first root of λ^(d+1) − λ^d + f leaves the unit circle at f = 2 sin(π / (2
/// (2d + 1))). For f < 0 the local steps grow.
inline std::vector<Advice> delayed_steps(const std::string& rule, int workers, double f,
                                         const std::string& formula, double steepness, bool proven,
                                         const std::string& remedy) {
  require(workers >= 1, rule + ": workers", workers, "at least 1");
  if (f < 0) return local_steps(rule, steepness);
  const int d = workers - 1;
  return advice_above(2 * std::sin(std::numbers::pi / (2 * (2 * d + 1))), f, proven,
                      {rule + ": delayed steps of " + std::to_string(workers) + " workers", formula,
                       "2 sin(π/(2(2d + 1)))", " with d = " + std::to_string(d), remedy});
}

/// For rules that divide each commit by its τ steps: while each of p workers takes τ steps, the
/// center moves as far as p steps would move it.
inline std::vector<Advice> mean_progress(const std::string& rule, int workers, int period) {
  if (period <= workers) return {};
  TextStream message;
  message.precision(4);
  const double factor = static_cast<double>(period) / workers;
  message << rule << ": progress of " << workers << " workers with a window of " << period
          << ": τ/p = " << factor << ", above 1: the center moves 1/" << factor
          << " times as fast as one worker alone, and 1/τ as far in as many epochs; try a "
             "learning_rate up to "
          << factor << " times as large, a smaller period, more workers or epochs";
  return {{message.str(), factor, 1, false, Advice::Concern::slowness}};
}

/// Elastic rules: the matrix N takes a worker's (x, v) through a local step, a = N^τ, and b is the
/// first row of N^(τ−overlap). A worker's pull is e = α (b (x, v) − θ̃). Then
/// (x, v) ← a (x, v) − e e₁, and θ̃ ← θ̃ + Σ e over the n workers that pull at once. A solution
/// λ^t, where t counts exchanges or rounds, satisfies
///
///   1/α = −n/(λ − 1) − b (λ^m − a)⁻¹ e₁,  m = p, n = 1 in turn;  m = 1, n = p at once,
///
/// so for odd m a root passes −1 at 1/α = n/2 + b (1 + a)⁻¹ e₁. It does not return, because the
/// characteristic polynomial is linear in α. For δ = 0 and ηh <= 1 no other root leaves the circle
/// before, because the real part of the right side is largest at λ^m = −1.
inline std::vector<Advice> elastic_pull(const std::string& rule, int workers, double alpha,
                                        Schedule schedule, double steepness, double momentum,
                                        int period, int overlap) {
  require(workers >= 1, rule + ": workers", workers, "at least 1");
  const bool at_once = schedule == Schedule::synchronous;
  if (period == one_epoch) steepness = 0;  // the number of steps is unknown
  const double shrink = 1 - steepness;
  Eigen::Matrix2d step, a = Eigen::Matrix2d::Identity(), b = a;
  step << shrink, momentum * shrink, -steepness, momentum * shrink;
  for (int i = 0; i < period; ++i) a = (step * a).eval();
  for (int i = 0; i < period - overlap; ++i) b = (step * b).eval();
  const Eigen::Matrix2d c = Eigen::Matrix2d::Identity() + a;
  const double response =
      (b(0, 0) * c(1, 1) - b(0, 1) * c(1, 0)) / (c(0, 0) * c(1, 1) - c(0, 1) * c(1, 0));
  const double pull = (at_once ? workers : 1) / 2.0 + response;  // 1/α of the bound
  const bool proven = at_once || workers % 2 != 0;

  auto local = local_steps(rule, steepness, momentum);
  if (!local.empty()) {  // the pull may stabilize an odd number of growing steps
    if (period % 2 == 0) return local;
    local[0].proven = proven;
    return alpha * pull > 1 ? std::vector<Advice>{} : local;
  }
  if (pull <= 0) return {};
  Wording text{.where = rule + ": elastic pull of " + std::to_string(workers) + " workers",
               .figure_formula = "α",
               .bound_formula = at_once ? "2/(p + 1)" : "1",
               .remedy = "a smaller moving_rate"};
  if (steepness > 0) {
    text.bound_formula = at_once ? "1/(p/2 + b/(1 + a))" : "1/(1/2 + b/(1 + a))";
    text.with = momentum > 0 ? " with a and b of τ and τ − overlap Nesterov steps"
                             : " with a = (1 − ηh)^τ, b = (1 − ηh)^(τ − overlap)";
  }
  if (0.9 / workers < 1 / pull) text.remedy += ", such as MovingRate::beta(0.9)";
  return advice_above(1 / pull, alpha, proven, text);
}

/// f of a commit of τ plain SGD steps; 0 if the period is one_epoch, because τ is then unknown.
inline double progress(double steepness, int period) {
  return 1 - std::pow(1 - steepness, period == one_epoch ? 0 : period);
}

}  // namespace detail

/// Returns the settings with which a run of this rule diverges on the quadratic, or is slow by the
/// rule's definition. The result is empty if no bound is exceeded, and for a rule without one of
/// the overloads below.
///
///   for (const Advice& advice : advise(Downpour{}, 20, {.learning_rate = 0.1, .curvature = h}))
///     std::cerr << advice.message << '\n';
///
/// Without a curvature only the elastic rules have a bound: that of α for the number of workers,
/// for ηh → 0. Check this case too, because with overlap < period flat directions are less stable.
/// Put an overload for your own rule beside the rule, where require_stable() finds it.
///
/// A bound is proven if above it a root of the rule's recursion lies outside the unit circle, for
/// workers of equal speed that commit in turn or in rounds. Below it no root does, for plain SGD
/// with ηh <= 1. Eamsgd may diverge earlier: from 0.81 of its bound at δ = 0.9, and from 0.42 at
/// δ = 0.99. If step times are random, so are delays, and larger steps may be stable. The rules of
/// thumb were compared with roots found numerically for up to 12 workers, periods of up to 10 and
/// ηh <= 1:
/// - delayed steps with overlap have the bound of those without overlap: runs diverge from 0.46 of
///   it, and none above 1.22 of it was stable; with a fetch_period of 2 or 4 periods 0.43 and 1.62;
/// - elastic pulls in turn of an even number of workers have the bound of an odd number. It is
///   below the exact bound by up to 6 % for two workers and 2 % for four, for Eamsgd by 17 % and 4 %.
///
/// Throws std::invalid_argument if a number of the model is not finite.
template <class R>
std::vector<Advice> advise(const R&, int, const QuadraticModel&) {
  return {};
}

inline std::vector<Advice> advise(const Independent&, int, const QuadraticModel& model) {
  return detail::local_steps("Independent", detail::steepness(model.learning_rate, model));
}

/// The mean of all workers is multiplied by (1 − ηh)^τ. A worker's deviation from the mean comes
/// only from the steps during the overlap; it is multiplied by (1 − ηh)^τ − (1 − ηh)^(τ − overlap).
inline std::vector<Advice> advise(const Averaging& rule, int workers, const QuadraticModel& model) {
  const double steepness = detail::steepness(model.learning_rate, model);
  auto mean = detail::local_steps("Averaging", steepness);
  if (!mean.empty() || workers == 1 || rule.period == one_epoch) return mean;
  const double shrink = 1 - steepness;
  return detail::advice_above(
      1, std::abs(std::pow(shrink, rule.period) - std::pow(shrink, rule.period - rule.overlap)),
      true,
      {"Averaging: spread of " + std::to_string(workers) + " workers",
       "|(1 − ηh)^τ − (1 − ηh)^(τ − overlap)|", "", "", "overlap = 0 or a smaller learning_rate"});
}

/// A share w = overlap / period of the gradients is one round old: θ″ ← θ′ − ηh ((1 − w) θ′ + w θ).
/// By Jury's criterion this is stable if ηh (1 − 2w) < 2 and ηh w < 1.
inline std::vector<Advice> advise(const SynchronousSgd& rule, int, const QuadraticModel& model) {
  const double steepness = detail::steepness(model.learning_rate, model);
  if (rule.period == one_epoch && rule.overlap > 0) return {};
  const double w = rule.overlap == 0 ? 0 : static_cast<double>(rule.overlap) / rule.period;
  const bool fresh = w < 0.25;
  return detail::advice_above(
      fresh ? 2 / (1 - 2 * w) : 1 / w, steepness, true,
      {"SynchronousSgd: steps at the center", "ηh",
       w == 0 ? "" : (fresh ? "2/(1 − 2 overlap/τ)" : "τ/overlap"), "", "a smaller learning_rate"});
}

template <Schedule When>
std::vector<Advice> advise(const BasicEasgd<When>& rule, int workers, const QuadraticModel& model) {
  return detail::elastic_pull(When == Schedule::asynchronous ? "Easgd" : "SynchronousEasgd",
                              workers, rule.moving_rate.of(workers), When,
                              detail::steepness(model.learning_rate, model), 0, rule.period,
                              rule.overlap);
}
inline std::vector<Advice> advise(const Eamsgd& rule, int workers, const QuadraticModel& model) {
  return detail::elastic_pull("Eamsgd", workers, rule.moving_rate.of(workers), Eamsgd::schedule,
                              detail::steepness(rule.learning_rate, model), rule.momentum,
                              rule.period, rule.overlap);
}

/// A commit is (1 − ηh)^τ θ̃_stale − θ̃_stale.
inline std::vector<Advice> advise(const Downpour& rule, int workers, const QuadraticModel& model) {
  const double steepness = detail::steepness(model.learning_rate, model);
  return detail::delayed_steps(
      "Downpour", workers, detail::progress(steepness, rule.period), "1 − (1 − ηh)^τ", steepness,
      rule.overlap == 0 && rule.fetch_period.value_or(rule.period) == rule.period,
      "a smaller learning_rate or period, fewer workers, or Adag");
}
/// If workers commit in turn, none is more than one commit ahead, so Ssp equals Downpour. With a
/// bound of 0 a round adds the progress of all workers.
inline std::vector<Advice> advise(const Ssp& rule, int workers, const QuadraticModel& model) {
  const double steepness = detail::steepness(model.learning_rate, model);
  const double f = detail::progress(steepness, rule.period);
  if (rule.bound > 0 || f < 0) {
    return detail::delayed_steps("Ssp", workers, f, "1 − (1 − ηh)^τ", steepness, rule.overlap == 0,
                                 "a smaller learning_rate or period, or fewer workers");
  }
  return detail::advice_above(
      2, workers * f, rule.overlap == 0,
      {"Ssp: rounds of " + std::to_string(workers) + " workers", "p (1 − (1 − ηh)^τ)", "", "",
       "a smaller learning_rate or period, or fewer workers"});
}
#if defined(__cpp_lib_atomic_ref)
inline std::vector<Advice> advise(const Hogwild& rule, int workers, const QuadraticModel& model) {
  const double steepness = detail::steepness(model.learning_rate, model);
  return detail::delayed_steps("Hogwild", workers, detail::progress(steepness, rule.period),
                               "1 − (1 − ηh)^τ", steepness, rule.overlap == 0,
                               "a smaller learning_rate or period, or fewer workers");
}
#endif
inline std::vector<Advice> advise(const Adag& rule, int workers, const QuadraticModel& model) {
  const double steepness = detail::steepness(model.learning_rate, model);
  const auto advice = detail::delayed_steps(
      "Adag", workers, detail::progress(steepness, rule.period) / std::max(rule.period, 1),
      "(1 − (1 − ηh)^τ)/τ", steepness, rule.overlap == 0,
      "a smaller learning_rate, a larger period or fewer workers");
  return advice.empty() ? detail::mean_progress("Adag", workers, rule.period) : advice;
}
/// The damping makes this rule even slower than the figure says.
inline std::vector<Advice> advise(const ParameterDistance& rule, int workers,
                                  const QuadraticModel&) {
  return detail::mean_progress("ParameterDistance", workers, rule.period);
}
inline std::vector<Advice> advise(const DynSgd& rule, int workers, const QuadraticModel& model) {
  const double steepness = detail::steepness(model.learning_rate, model);
  return detail::delayed_steps(
      "DynSgd", workers, detail::progress(steepness, rule.period) / workers,
      "(1 − (1 − ηh)^τ)/(d + 1)", steepness, rule.overlap == 0, "a smaller learning_rate");
}

/// With τ local steps of learning rate l the mean gradient is h θ̃_stale (1 − (1 − l h)^τ)/(l h τ);
/// without local steps it is h θ̃_stale. The optimizer at the center is plain SGD.
inline std::vector<Advice> advise(const AsynchronousSgd& rule, int workers,
                                  const QuadraticModel& model) {
  const double steepness = detail::steepness(model.learning_rate, model);
  const double local = detail::steepness(rule.local_learning_rate, model);
  if (local == 0) {
    return detail::delayed_steps("AsynchronousSgd", workers, steepness, "ηh", steepness,
                                 rule.overlap == 0, "a smaller learning_rate or fewer workers");
  }
  return detail::delayed_steps(
      "AsynchronousSgd", workers,
      steepness / local * detail::progress(local, rule.period) / std::max(rule.period, 1),
      "η(1 − (1 − lh)^τ)/(lτ)", local, rule.overlap == 0,
      "a smaller learning_rate or fewer workers");
}

/// A bound is known only for λ = 0, because the compensation is not linear.
/// As for the rule itself: the workers train in the same way.
template <class R>
std::vector<Advice> advise(const MovingAverage<R>& rule, int workers, const QuadraticModel& model) {
  return advise(static_cast<const R&>(rule), workers, model);
}

inline std::vector<Advice> advise(const DcAsgd& rule, int workers, const QuadraticModel& model) {
  const double steepness = detail::steepness(rule.learning_rate, model);
  if (rule.lambda > 0) return {};
  return detail::delayed_steps("DcAsgd", workers, steepness, "ηh", steepness, rule.overlap == 0,
                               "a smaller learning_rate or fewer workers, or lambda > 0");
}

/// Throws std::invalid_argument with the messages of all settings that are proven to be unstable.
/// Rules of thumb do not count. Call it before the training.
template <class R>
void require_stable(const R& rule, int workers, const QuadraticModel& model) {
  std::string messages;
  for (const Advice& advice : advise(rule, workers, model)) {
    if (advice.proven) messages += (messages.empty() ? "" : "\n") + advice.message;
  }
  if (!messages.empty()) throw std::invalid_argument{messages};
}

}  // namespace tributary::inline v0_1
