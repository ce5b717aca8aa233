// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <tributary/core/finite.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/detail/weight_sum.hpp>
#include <tributary/data/events.hpp>
#include <tributary/metrics/detail/scores.hpp>

namespace tributary::inline v0_1 {

/// −Σ w ln p / Σ w over the events, with p the predicted probability of an event's class: mean
/// cross-entropy in nats. p is clipped to [ε, 1 − ε], with ε the rounding unit of S, so that a
/// wrong p = 1 does not make it infinite (like scikit-learn). NaN if a score is, or if the weights
/// sum to zero.
///
/// `scores`: probabilities, classes × events, or 1 × events of class 1. Throws
/// std::invalid_argument like confusion_matrix, and for a score that is not a probability, such as
/// those of Hinge.
template <Real S>
double log_loss(const Matrix<S>& scores, const BasicEvents<S>& truth) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  detail::checked_classes(scores, truth);
  if (has_nan(scores)) return nan;
  detail::require_probabilities(scores, "a log loss needs probabilities");
  const double epsilon = static_cast<double>(std::numeric_limits<S>::epsilon());
  double sum = 0;
  detail::WeightSum norm;
  for (Index i = 0; i < scores.cols(); ++i) {
    const double p = detail::score_of(scores, truth.labels[static_cast<std::size_t>(i)], i);
    const double weight = detail::weight_of(truth, i);
    sum -= weight * std::log(std::clamp(p, epsilon, 1 - epsilon));
    norm.add(weight);
  }
  return norm.total() == 0 ? nan : sum / norm.value;
}

}  // namespace tributary::inline v0_1
