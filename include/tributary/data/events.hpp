// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tributary/core/crc32c.hpp>
#include <tributary/core/describe.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/dataset.hpp>
#include <vector>

namespace tributary::inline v0_1 {

namespace detail {

/// Names for a message, such as "b, s". A long list is cut.
inline std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t enough = 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), enough); ++i)
    text.append(i == 0 ? "" : ", ").append(names[i]);
  if (names.size() > enough) text += ", ... (" + std::to_string(names.size()) + ")";
  return text;
}

/// Throws std::invalid_argument that gives the first repeated name.
inline void require_all_different(const std::vector<std::string>& names, const std::string& field) {
  std::set<std::string_view> before;
  for (const std::string& name : names)
    if (!before.insert(name).second) require(false, field, name + ", twice", "distinct");
}

}  // namespace detail

/// The data of one training step. Empty parts are absent.
template <Real S>
struct EventBatch {
  Matrix<S> features = {};       ///< features × events
  std::vector<int> labels = {};  ///< Class index of each event.
  Matrix<S> targets = {};        ///< targets × events: regression, or one-hot classes.
  Vector<S> weights = {};        ///< One an event, may be negative. Empty: all 1.
};

/// Processing of features since they were measured. Each step happens once, in this order.
enum class FeatureState { measured, imputed, scaled };

namespace detail {
inline const char* name_of(FeatureState state) {
  return state == FeatureState::scaled    ? "scaled"
         : state == FeatureState::imputed ? "imputed"
                                          : "measured";
}
/// Whether two checksums may belong to the same Preprocessing; 0 is unknown.
inline bool may_be_same(std::uint32_t one, std::uint32_t other) {
  return one == 0 || other == 0 || one == other;
}
}  // namespace detail

/// A data set in memory, one column an event.
template <Real S>
struct BasicEvents {
  using Scalar = S;
  using Batch = EventBatch<S>;

  Matrix<S> features = {};       ///< features × events
  std::vector<int> labels = {};  ///< Class index of each event, in [0, classes).
  Matrix<S> targets = {};        ///< targets × events, or empty.
  Vector<S> weights = {};        ///< One an event. Empty: all 1.
  /// classes[label] is the name of a class; may be empty.
  std::vector<std::string> classes = {};
  std::vector<std::string> feature_names = {};  ///< One a row of features, or empty.
  std::vector<std::string> target_names = {};   ///< One a row of targets, or empty.
  /// A measured value that stands for "missing" besides NaN, such as -999. NaN: there is none.
  double missing = std::numeric_limits<double>::quiet_NaN();
  FeatureState state = FeatureState::measured;
  /// Preprocessing::checksum() of the imputation or scaling. 0: unknown, or none was applied.
  std::uint32_t prepared_by = 0;
  /// Identifies each event, for KFold and tables of predictions. Events that share a number are
  /// kept together. Empty: unknown.
  std::vector<std::uint64_t> event_numbers = {};
  /// Weights of the events in the loss, one an event, in place of `weights`, which metrics use; see
  /// balance_training_weights(). Empty: training uses `weights`.
  Vector<S> training_weights = {};

  std::size_t size() const noexcept { return static_cast<std::size_t>(features.cols()); }

  /// Converts the events to another precision.
  template <Real T>
  BasicEvents<T> cast() const {
    return {features.template cast<T>(),
            labels,
            targets.template cast<T>(),
            weights.template cast<T>(),
            classes,
            feature_names,
            target_names,
            missing,
            state,
            prepared_by,
            event_numbers,
            training_weights.template cast<T>()};
  }

  /// Checks that the parts fit together. Labels, targets, weights, event numbers and training
  /// weights are present
  /// for all events or for none, names for all rows or for none. Every label is a class, class names are distinct,
  /// weights are finite. Throws std::invalid_argument, which names the first wrong event.
  void validate() const {
    const auto one_an_event = [&](std::size_t count, const char* what) {
      require(count == 0 || count == size(), what, count,
              "one an event, of " + std::to_string(size()) + " events");
    };
    one_an_event(labels.size(), "Events::labels.size()");
    one_an_event(static_cast<std::size_t>(targets.cols()), "Events::targets.cols()");
    one_an_event(static_cast<std::size_t>(weights.size()), "Events::weights.size()");
    one_an_event(event_numbers.size(), "Events::event_numbers.size()");
    one_an_event(static_cast<std::size_t>(training_weights.size()),
                 "Events::training_weights.size()");

    const auto all_finite = [](const Vector<S>& values, const std::string& field) {
      for (Index i = 0; i < values.size(); ++i)
        if (!is_finite(values[i]))
          require(false, field + "[" + std::to_string(i) + "]", values[i], "finite");
    };
    all_finite(weights, "Events::weights");
    all_finite(training_weights, "Events::training_weights");

    const auto one_a_row = [](std::size_t count, Index rows, const char* what) {
      require(count == 0 || count == static_cast<std::size_t>(rows), what, count,
              "one a row, of " + std::to_string(rows) + " rows");
    };
    one_a_row(feature_names.size(), features.rows(), "Events::feature_names.size()");
    one_a_row(target_names.size(), targets.rows(), "Events::target_names.size()");
    detail::require_all_different(classes, "Events::classes");

    const int end =
        classes.empty() ? std::numeric_limits<int>::max() : static_cast<int>(classes.size());
    const auto wrong =
        std::ranges::find_if(labels, [&](int label) { return label < 0 || label >= end; });
    if (wrong != labels.end())
      require(false, "Events::labels[" + std::to_string(wrong - labels.begin()) + "]", *wrong,
              "in [0, " + std::to_string(end) + ")");
  }

  /// Identifies these events, see HasDigest: the sizes of all parts, and the CRC-32C of all values,
  /// bit by bit. It reads the data once. Names are compared separately.
  Settings digest() const {
    Settings all{{"features", described(features.data(), features.rows(), features.cols())},
                 {"labels", described(labels.data(), 1, std::ssize(labels))},
                 {"targets", described(targets.data(), targets.rows(), targets.cols())},
                 {"weights", described(weights.data(), 1, weights.size())}};
    if (training_weights.size() > 0)
      all.emplace_back("training weights",
                       described(training_weights.data(), 1, training_weights.size()));
    return all;
  }

  /// Overwrites `out` with the events of these rows, in this order. Their weights are the training
  /// weights, if there are any.
  void gather(std::span<const std::size_t> rows, Batch& out) const {
    const Index count = std::ssize(rows);
    out.features.resize(features.rows(), count);
    out.labels.resize(labels.empty() ? 0 : rows.size());
    out.targets.resize(targets.rows(), targets.size() == 0 ? 0 : count);
    const Vector<S>& used_weights = training_weights.size() > 0 ? training_weights : weights;
    out.weights.resize(used_weights.size() == 0 ? 0 : count);
    for (Index to = 0; to < count; ++to) {
      const std::size_t row = rows[static_cast<std::size_t>(to)];
      const auto from = static_cast<Index>(row);
      out.features.col(to) = features.col(from);
      if (!labels.empty()) out.labels[static_cast<std::size_t>(to)] = labels[row];
      if (targets.size() != 0) out.targets.col(to) = targets.col(from);
      if (used_weights.size() != 0) out.weights[to] = used_weights[from];
    }
  }

 private:
  template <class T>
  static std::string described(const T* values, Index rows, Index columns) {
    if (rows * columns == 0) return "none";
    const std::span all{values, static_cast<std::size_t>(rows * columns)};
    return std::to_string(rows) + " x " + std::to_string(columns) + ", " +
           checksum_text(crc32c_of_numbers(all));
  }
};

using Events = BasicEvents<float>;

namespace detail {

/// Throws std::invalid_argument if S cannot hold the value. NaN is allowed.
template <Real S>
void require_missing_of(double missing, const std::string& field) {
  if (!is_nan(missing))
    require(std::abs(missing) <= static_cast<double>(std::numeric_limits<S>::max()), field, missing,
            "finite in the scalar of the events");
}
/// Events::missing, or NaN once the events are imputed or scaled. Throws std::invalid_argument if S
/// cannot hold the value.
template <Real S>
double missing_of(const BasicEvents<S>& events) {
  if (events.state != FeatureState::measured) return std::numeric_limits<double>::quiet_NaN();
  require_missing_of<S>(events.missing, "Events::missing");
  return events.missing;
}

}  // namespace detail

}  // namespace tributary::inline v0_1
