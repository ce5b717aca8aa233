// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/detail/weight_sum.hpp>
#include <tributary/data/events.hpp>
#include <tributary/metrics/confusion_matrix.hpp>
#include <tributary/metrics/detail/scores.hpp>

namespace tributary::inline v0_1 {

/// Average of precision, recall and F1 over the classes.
enum class Average {
  binary,  ///< Value of class 1. The default for two classes, and only for them.
  /// Mean over the classes, the default for more than two. It ignores a class that neither occurs
  /// nor is predicted.
  macro,
  weighted,  ///< Mean weighted by the true weight of each class. NaN if the weights sum to zero.
};

namespace detail {

inline double ratio(double part, const WeightSum& sum) {
  const double whole = sum.total();
  if (is_nan(whole) || whole != 0) return part / whole;
  return part == 0 ? 0 : std::numeric_limits<double>::quiet_NaN();
}

/// The average of quality(right, predicted, actual). The arguments are weights of a class: those of
/// its rightly predicted events, of all predicted as it, and of all that belong to it.
template <class Quality>
double average_of(const Matrix<double>& confusion, std::optional<Average> given, Quality quality) {
  const Index classes = confusion.rows();
  require(confusion.cols() == classes, "confusion.cols()", confusion.cols(),
          std::to_string(classes) + ", as many as rows");
  const Average average = given.value_or(classes == 2 ? Average::binary : Average::macro);
  const auto of = [&](Index k) {
    return quality(confusion(k, k), sum_of(confusion.col(k)), sum_of(confusion.row(k)));
  };
  if (average == Average::binary) {
    require(classes == 2, "confusion.rows()", classes, "2 for Average::binary");
    return of(1);
  }
  double sum = 0;
  WeightSum norm;
  for (Index k = 0; k < classes; ++k) {
    const bool absent = confusion.row(k).isZero(0) && confusion.col(k).isZero(0);
    const double weight =
        average == Average::weighted ? sum_of(confusion.row(k)).total() : (absent ? 0.0 : 1.0);
    sum += weight * of(k);
    norm.add(weight);
  }
  if (average == Average::weighted && norm.total() == 0)
    return std::numeric_limits<double>::quiet_NaN();
  return ratio(sum, norm);
}

}  // namespace detail

/// The fraction of the events predicted as a class that belong to it: TP / (TP + FP); 0 / 0 is 0.
/// (With negative weights, here and below, other numerators may be divided by 0, which gives NaN.)
inline double precision(const Matrix<double>& confusion, std::optional<Average> average = {}) {
  return detail::average_of(confusion, average, [](double right, const auto& said, const auto&) {
    return detail::ratio(right, said);
  });
}

/// The fraction of the events of a class that are predicted as it: TP / (TP + FN); 0 / 0 is 0.
inline double recall(const Matrix<double>& confusion, std::optional<Average> average = {}) {
  return detail::average_of(confusion, average, [](double right, const auto&, const auto& there) {
    return detail::ratio(right, there);
  });
}

/// The harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN); 0 / 0 is 0.
inline double f1(const Matrix<double>& confusion, std::optional<Average> average = {}) {
  return detail::average_of(
      confusion, average, [](double right, const auto& said, const auto& there) {
        return detail::ratio(2 * right, {said.value + there.value, said.size + there.size,
                                         said.count + there.count});
      });
}

/// The same from scores, with the weights of the events. For a threshold other than 0.5 use
/// confusion_matrix, which also documents the errors.
template <Real S>
double precision(const Matrix<S>& scores, const BasicEvents<S>& truth,
                 std::optional<Average> average = {}) {
  return precision(confusion_matrix(scores, truth), average);
}
template <Real S>
double recall(const Matrix<S>& scores, const BasicEvents<S>& truth,
              std::optional<Average> average = {}) {
  return recall(confusion_matrix(scores, truth), average);
}
template <Real S>
double f1(const Matrix<S>& scores, const BasicEvents<S>& truth,
          std::optional<Average> average = {}) {
  return f1(confusion_matrix(scores, truth), average);
}

}  // namespace tributary::inline v0_1
