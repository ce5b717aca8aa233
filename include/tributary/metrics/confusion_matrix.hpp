#pragma once

#include <cstddef>
#include <limits>
#include <tributary/core/vector.hpp>
#include <tributary/data/events.hpp>
#include <tributary/metrics/detail/scores.hpp>

namespace tributary {

/// The weights of the events by class: rows are the truth, columns what the scores say.
///
/// `scores`: classes × events, and the highest one decides (the first of equal ones), or 1 × events,
/// which says class 1 where it is above `threshold`. `truth`: labels, and weights if there are any.
/// A score that is NaN makes every entry NaN, and so everything computed from them.
/// Throws std::invalid_argument if the sizes differ or a label is not a class of the scores.
template <Real S>
Matrix<double> confusion_matrix(const Matrix<S>& scores, const BasicEvents<S>& truth,
                                double threshold = 0.5) {
  const Index classes = detail::checked_classes(scores, truth);
  if (scores.hasNaN()) {
    return Matrix<double>::Constant(classes, classes, std::numeric_limits<double>::quiet_NaN());
  }
  Matrix<double> confusion = Matrix<double>::Zero(classes, classes);
  for (Index i = 0; i < scores.cols(); ++i) {
    Index said = 0;
    if (scores.rows() == 1) {
      said = static_cast<double>(scores(0, i)) > threshold ? 1 : 0;
    } else {
      scores.col(i).maxCoeff(&said);
    }
    confusion(truth.labels[static_cast<std::size_t>(i)], said) += detail::weight_of(truth, i);
  }
  return confusion;
}

}  // namespace tributary
