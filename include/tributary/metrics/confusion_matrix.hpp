// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/events.hpp>
#include <tributary/metrics/detail/scores.hpp>
#include <vector>

namespace tributary::inline v0_1 {

/// The weights of the events by class: rows are the truth, columns what the scores say.
///
/// `scores`: classes × events, and the highest one decides (the first of equal ones), or 1 × events,
/// the probability of class 1. `threshold`, of two classes: class 1 is said where its score is above.
/// Without it, one row of scores says class 1 above 0.5. `truth`: labels, and weights if there are any.
/// A score or threshold that is NaN makes every entry NaN, and so everything computed from them.
/// Throws std::invalid_argument if the sizes differ, a label is not a class of the scores, a weight is
/// not finite, or one row of scores holds other things than probabilities, such as those of Hinge,
/// and there is no threshold; and if `truth` has names for more or fewer classes than the scores
/// are of, for then its labels stand for others: a file of one class alone, assembled without
/// AssembleOptions::classes, calls that one 0.
template <Real S>
Matrix<double> confusion_matrix(const Matrix<S>& scores, const BasicEvents<S>& truth,
                                std::optional<double> threshold = {}) {
  const Index classes = detail::checked_classes(scores, truth);
  if (threshold && classes != 2)
    require(false, "confusion_matrix: threshold", *threshold,
            "left away, as the scores are of " + std::to_string(classes) + " classes and not of 2");
  if (has_nan(scores) || (threshold && is_nan(*threshold))) {
    return Matrix<double>::Constant(classes, classes, std::numeric_limits<double>::quiet_NaN());
  }
  if (scores.rows() == 1 && !threshold) {
    detail::require_probabilities(scores,
                                  "other scores need the threshold of confusion_matrix, which is 0 "
                                  "for those of Hinge");
    threshold = 0.5;
  }
  std::vector<detail::WeightSum> sums(static_cast<std::size_t>(classes * classes));
  for (Index i = 0; i < scores.cols(); ++i) {
    Index said = 0;
    if (threshold) {
      said = detail::score_of(scores, 1, i) > *threshold ? 1 : 0;
    } else {
      scores.col(i).maxCoeff(&said);
    }
    const Index entry = truth.labels[static_cast<std::size_t>(i)] + said * classes;
    sums[static_cast<std::size_t>(entry)].add(detail::weight_of(truth, i));
  }
  Matrix<double> confusion(classes, classes);
  std::ranges::transform(sums, confusion.data(), &detail::WeightSum::total);
  return confusion;
}

}  // namespace tributary::inline v0_1
