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
#include <tributary/data/detail/weight_sum.hpp>
#include <tributary/data/events.hpp>
#include <tributary/metrics/detail/scores.hpp>
#include <vector>

namespace tributary::inline v0_1 {

/// The weights of the events by class: rows are the true classes, columns the predicted ones.
///
/// `scores`: classes × events, and the highest one decides (the first of equal ones); or 1 ×
/// events, the probability of class 1. `threshold`, for two classes: class 1 is predicted if its
/// score is above. Its default for one row of scores is 0.5. `truth`: labels, and weights if there
/// are any. A NaN score or threshold makes every entry NaN, and everything computed from them.
///
/// Throws std::invalid_argument if the sizes differ, a label is not a class of the scores, or a
/// weight is not finite. Throws also without a threshold if one row of scores has values that are
/// not probabilities, such as those of Hinge. Throws also if `truth` names more or fewer classes
/// than the scores have, as its labels then mean others: a file of one class alone, assembled
/// without AssembleOptions::classes, has label 0 for it.
template <Real S>
Matrix<double> confusion_matrix(const Matrix<S>& scores, const BasicEvents<S>& truth,
                                std::optional<double> threshold = {}) {
  const Index classes = detail::checked_classes(scores, truth);
  if (threshold && classes != 2)
    require(
        false, "confusion_matrix: threshold", *threshold,
        "left out, as there are scores of " + std::to_string(classes) + " classes instead of 2");
  if (has_nan(scores) || (threshold && is_nan(*threshold))) {
    return Matrix<double>::Constant(classes, classes, std::numeric_limits<double>::quiet_NaN());
  }
  if (scores.rows() == 1 && !threshold) {
    detail::require_probabilities(scores,
                                  "other scores need a threshold, see confusion_matrix; it is 0 "
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
