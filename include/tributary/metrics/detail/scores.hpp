// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/detail/weight_sum.hpp>
#include <tributary/data/events.hpp>
#include <vector>

namespace tributary::inline v0_1::detail {

/// The sum of all entries of a matrix, or of a part of it.
inline WeightSum sum_of(const auto& weights) {
  return {weights.sum(), weights.cwiseAbs().sum(), static_cast<double>(weights.size())};
}

/// The number of classes of the scores: their rows, or 2 for one row. Throws std::invalid_argument
/// unless there are labels in that range, one label and one column of scores an event, finite
/// weights, and names for as many classes or for none. (Features are not checked, as the caller may
/// have dropped them.)
template <Real S>
Index checked_classes(const Matrix<S>& scores, const BasicEvents<S>& truth) {
  const Index events = std::ssize(truth.labels);
  require(events > 0, "BasicEvents::labels.size()", events, "at least 1: scores need a truth");
  require(scores.rows() > 0, "scores.rows()", scores.rows(), "at least 1");
  require(scores.cols() == events, "scores.cols()", scores.cols(),
          std::to_string(events) + ", one for each label");
  require(truth.weights.size() == 0 || truth.weights.size() == events,
          "BasicEvents::weights.size()", truth.weights.size(),
          "0 or " + std::to_string(events) + ", one for each label");
  const Index classes = scores.rows() == 1 ? 2 : scores.rows();
  require(truth.classes.empty() || std::ssize(truth.classes) == classes, "BasicEvents::classes",
          listed(truth.classes),
          "the " + std::to_string(classes) +
              " classes of the scores: read these events with the classes of the "
              "training, see AssembleOptions::classes and read_idx");
  const auto strange = std::find_if(truth.labels.begin(), truth.labels.end(),
                                    [classes](int label) { return label < 0 || label >= classes; });
  if (strange != truth.labels.end()) {
    require(false, "BasicEvents::labels[" + std::to_string(strange - truth.labels.begin()) + "]",
            *strange, "in [0, " + std::to_string(classes) + "), a class of the scores");
  }
  for (Index i = 0; i < truth.weights.size(); ++i)
    if (!is_finite(truth.weights[i]))
      require(false, "BasicEvents::weights[" + std::to_string(i) + "]", truth.weights[i], "finite");
  return classes;
}

/// Throws std::invalid_argument for a score outside [0, 1], up to rounding.
template <Real S>
void require_probabilities(const Matrix<S>& scores, const std::string& reason) {
  constexpr auto slack = static_cast<S>(1e-4);
  for (Index i = 0; i < scores.cols(); ++i)
    for (Index k = 0; k < scores.rows(); ++k)
      if (!(scores(k, i) >= -slack && scores(k, i) <= 1 + slack))
        require(false, "scores(" + std::to_string(k) + ", " + std::to_string(i) + ")", scores(k, i),
                "in [0, 1]: " + reason);
}

template <Real S>
double weight_of(const BasicEvents<S>& truth, Index event) {
  return truth.weights.size() == 0 ? 1 : static_cast<double>(truth.weights[event]);
}

/// The score of one class. A single row is the probability of class 1.
template <Real S>
double score_of(const Matrix<S>& scores, Index label, Index event) {
  if (scores.rows() > 1) return static_cast<double>(scores(label, event));
  const double of_class_1 = static_cast<double>(scores(0, event));
  return label == 1 ? of_class_1 : 1 - of_class_1;
}

struct RankedEvent {
  double score;               ///< Score of class 1.
  double signal, background;  ///< The event's weight, in the member of its class.
};

/// The events of two classes, from the lowest score to the highest. Throws like checked_classes,
/// and for more classes; the scores must not have a NaN.
template <Real S>
std::vector<RankedEvent> ranked(const Matrix<S>& scores, const BasicEvents<S>& truth) {
  const Index classes = checked_classes(scores, truth);
  require(classes == 2, "scores.rows()", scores.rows(),
          "1 or 2, as this metric is for two classes");
  std::vector<RankedEvent> events;
  events.reserve(truth.labels.size());
  for (Index i = 0; i < scores.cols(); ++i) {
    const bool signal = truth.labels[static_cast<std::size_t>(i)] == 1;
    const double weight = weight_of(truth, i);
    events.push_back({score_of(scores, 1, i), signal ? weight : 0, signal ? 0 : weight});
  }
  std::sort(events.begin(), events.end(),
            [](const auto& a, const auto& b) { return a.score < b.score; });
  return events;
}

}  // namespace tributary::inline v0_1::detail
