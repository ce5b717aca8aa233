// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <tributary/core/finite.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/detail/weight_sum.hpp>
#include <tributary/data/events.hpp>
#include <tributary/metrics/detail/scores.hpp>

namespace tributary::inline v0_1 {

/// The area under the ROC curve of two classes. It is the probability that an event of class 1 has
/// a higher score than one of class 0; equal scores count half. It is Σ w₁ w₀ [s₁ > s₀] / Σ w₁ w₀
/// over all pairs, in O(n log n). With negative weights it may lie outside [0, 1]. NaN if a score
/// is, or if the weights of a class sum to zero.
///
/// `scores`: 2 × events, of which the row of class 1 counts, or 1 × events. Throws
/// std::invalid_argument if the sizes differ or there are more classes.
template <Real S>
double roc_auc(const Matrix<S>& scores, const BasicEvents<S>& truth) {
  if (has_nan(scores)) return std::numeric_limits<double>::quiet_NaN();
  const auto events = detail::ranked(scores, truth);
  double area = 0, background = 0;
  detail::WeightSum all_signal, all_background;
  for (auto event = events.begin(); event != events.end();) {
    double signal_here = 0, background_here = 0;
    for (const double score = event->score; event != events.end() && event->score == score;
         ++event) {
      signal_here += event->signal;
      background_here += event->background;
      all_signal.add(event->signal);
      all_background.add(event->background);
    }
    area += signal_here * (background + background_here / 2);
    background += background_here;
  }
  const double pairs = all_signal.total() * all_background.total();
  return pairs == 0 ? std::numeric_limits<double>::quiet_NaN() : area / pairs;
}

}  // namespace tributary::inline v0_1
