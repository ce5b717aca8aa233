// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <iterator>
#include <limits>
#include <tributary/core/finite.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/detail/weight_sum.hpp>
#include <tributary/data/events.hpp>
#include <tributary/metrics/detail/scores.hpp>

namespace tributary::inline v0_1 {

/// Approximate median significance of s expected signal over b expected background events, √(2 ((s
/// + b + b_reg) ln(1 + s / (b + b_reg)) − s)), in standard deviations (Adam-Bourdarios et al., The
/// Higgs boson machine learning challenge, PMLR 42, 2015). It has the sign of s, as a deficit is no
/// discovery. All digits are right, though -ffast-math may replace numbers below 2.2e-308 by 0. NaN
/// if b, b_reg or s + b + b_reg is negative, or one of them, or b + b_reg, is not finite. Infinite
/// if s is positive and b + b_reg is 0.
inline double ams(double s, double b, double b_reg = 10) {
  const double background = b + b_reg;
  if (!is_finite(s) || !is_finite(b) || !is_finite(b_reg) || !is_finite(background) || b < 0 ||
      b_reg < 0 || s < -background)
    return std::numeric_limits<double>::quiet_NaN();
  if (s == 0) return 0;
  if (background == 0) return std::numeric_limits<double>::infinity();
  // Powers of 4 are divided out first, so that nothing overflows in any order of -ffast-math.
  const auto even_exponent = [](double x) {
    int exponent = 0;
    std::frexp(x, &exponent);
    return exponent + (exponent & 1);
  };
  const int of_s = even_exponent(s), of_b = even_exponent(background);
  const double small = std::ldexp(background, -of_b);
  if (of_s - of_b > 60) {  // 1 + s / (b + b_reg) is s / (b + b_reg), which may overflow
    const double one = std::ldexp(s, -of_s);
    const double log = std::log(one / small) + (of_s - of_b) * std::log(2.);
    return std::ldexp(std::sqrt(2 * one * (log - 1)), of_s / 2);
  }
  const double x = std::ldexp(s, -of_b) / small;
  double half = 0;           // ((1 + x) ln(1 + x) − x) / x², whose terms cancel for small x:
  if (std::abs(x) < 0.25) {  // Σ (−x)ᵏ / ((k + 1) (k + 2)), to the last digit
    double power = 1;
    for (int k = 0; k < 25; ++k, power *= -x) half += power / ((k + 1) * (k + 2));
  } else {
    half = x == -1 ? 1 : ((1 + 1 / x) * std::log1p(x) - 1) / x;
  }
  return std::ldexp(s, -of_b / 2) * std::sqrt(2 * half / small);
}

/// The significance of the events whose score of class 1 is above the threshold; NaN for a NaN
/// threshold. The weights must be normalized so that each class sums to its expected number of
/// events. For a part of a data set, scale each class to its own sum, see scale_class_weights.
/// Scores and errors as in roc_auc.
template <Real S>
double ams(const Matrix<S>& scores, const BasicEvents<S>& truth, double threshold) {
  if (has_nan(scores) || is_nan(threshold)) return std::numeric_limits<double>::quiet_NaN();
  detail::WeightSum s, b;
  for (const auto& event : detail::ranked(scores, truth)) {
    if (event.score <= threshold) continue;
    s.add(event.signal);
    b.add(event.background);
  }
  return ams(s.total(), b.total());
}

/// A threshold on the score of class 1, and the significance of the events above it.
struct AmsCut {
  double threshold;
  double ams;
};

/// The threshold with the highest significance: one of the scores, −∞ to select everything, or +∞
/// with significance 0 if no cut is positive. A cut with a negative signal or background, due to
/// negative weights, is skipped. The significance on the events of the search is biased upwards, so
/// compute it on others. NaN if a score is. Errors as in roc_auc.
template <Real S>
AmsCut best_ams(const Matrix<S>& scores, const BasicEvents<S>& truth) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (has_nan(scores)) return {nan, nan};
  const auto events = detail::ranked(scores, truth);
  AmsCut best{infinity, 0};
  detail::WeightSum s, b;
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    s.add(event->signal);
    b.add(event->background);
    const auto next = std::next(event);
    const double below = next == events.rend() ? -infinity : next->score;
    if (below == event->score || s.total() <= 0 || b.total() < 0) continue;
    if (const double here = ams(s.total(), b.total()); here > best.ams) best = {below, here};
  }
  return best;
}

}  // namespace tributary::inline v0_1
