// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <string>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/detail/weight_sum.hpp>
#include <tributary/data/events.hpp>
#include <tributary/metrics/confusion_matrix.hpp>
#include <tributary/metrics/detail/scores.hpp>

namespace tributary::inline v0_1 {

/// The fraction of the weight on the diagonal. NaN if the weights sum to zero.
inline double accuracy(const Matrix<double>& confusion) {
  require(confusion.rows() == confusion.cols(), "confusion.cols()", confusion.cols(),
          std::to_string(confusion.rows()) + ", as many as rows");
  const double whole = detail::sum_of(confusion).total();
  return whole == 0 ? std::numeric_limits<double>::quiet_NaN() : confusion.trace() / whole;
}

/// The fraction of the events, by weight, with the right class. For a threshold other than 0.5 use
/// confusion_matrix, which also documents the errors.
template <Real S>
double accuracy(const Matrix<S>& scores, const BasicEvents<S>& truth) {
  return accuracy(confusion_matrix(scores, truth));
}

}  // namespace tributary::inline v0_1
