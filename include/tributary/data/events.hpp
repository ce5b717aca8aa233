#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <tributary/core/vector.hpp>
#include <tributary/data/dataset.hpp>
#include <vector>

namespace tributary {

/// What a model learns from in one step. Empty parts are absent.
template <Real S>
struct EventBatch {
  Matrix<S> features;       ///< features × events
  std::vector<int> labels;  ///< The class index of each event.
  Matrix<S> targets;        ///< targets × events: regression, or one-hot classes.
  Vector<S> weights;        ///< One an event, may be negative; absent: all 1.
};

/// A data set in memory. One column an event.
template <Real S>
struct BasicEvents {
  using Scalar = S;
  using Batch = EventBatch<S>;

  Matrix<S> features = {};              ///< features × events
  std::vector<int> labels = {};         ///< Class index of each event, in [0, classes).
  Matrix<S> targets = {};               ///< targets × events, or empty.
  Vector<S> weights = {};               ///< One an event, or empty: all 1.
  std::vector<std::string> classes = {};        ///< classes[label] is its name; may be empty.
  std::vector<std::string> feature_names = {};  ///< One a row of features, or empty.
  std::vector<std::string> target_names = {};   ///< One a row of targets, or empty.

  std::size_t size() const noexcept { return static_cast<std::size_t>(features.cols()); }

  /// Overwrites `out` with these events, in this order.
  void gather(std::span<const std::size_t> rows, Batch& out) const {
    const Index count = std::ssize(rows);
    out.features.resize(features.rows(), count);
    out.labels.resize(labels.empty() ? 0 : rows.size());
    out.targets.resize(targets.rows(), targets.size() == 0 ? 0 : count);
    out.weights.resize(weights.size() == 0 ? 0 : count);
    for (Index to = 0; to < count; ++to) {
      const std::size_t row = rows[static_cast<std::size_t>(to)];
      const auto from = static_cast<Index>(row);
      out.features.col(to) = features.col(from);
      if (!labels.empty()) out.labels[static_cast<std::size_t>(to)] = labels[row];
      if (targets.size() != 0) out.targets.col(to) = targets.col(from);
      if (weights.size() != 0) out.weights[to] = weights[from];
    }
  }
};

using Events = BasicEvents<float>;
static_assert(Dataset<Events> && Dataset<BasicEvents<double>>);

}  // namespace tributary
