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

/// Names for a message: "b, s", of many the first few.
inline std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t enough = 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), enough); ++i)
    text.append(i == 0 ? "" : ", ").append(names[i]);
  if (names.size() > enough) text += ", ... (" + std::to_string(names.size()) + ")";
  return text;
}

/// Throws std::invalid_argument that has the name which stands there twice.
inline void require_all_different(const std::vector<std::string>& names, const std::string& field) {
  std::set<std::string_view> before;
  for (const std::string& name : names)
    if (!before.insert(name).second) require(false, field, name + ", twice", "all different");
}

}  // namespace detail

/// What a model learns from in one step. Empty parts are absent.
template <Real S>
struct EventBatch {
  Matrix<S> features = {};       ///< features × events
  std::vector<int> labels = {};  ///< The class index of each event.
  Matrix<S> targets = {};        ///< targets × events: regression, or one-hot classes.
  Vector<S> weights = {};        ///< One an event, may be negative; absent: all 1.
};

/// What was done to features since they were measured, in this order and each once.
enum class FeatureState { measured, imputed, scaled };

namespace detail {
inline const char* name_of(FeatureState state) {
  return state == FeatureState::scaled    ? "scaled"
         : state == FeatureState::imputed ? "imputed"
                                          : "measured";
}
/// Whether two checksums of what was done to features may be those of one Preprocessing: 0 is not
/// known.
inline bool may_be_same(std::uint32_t one, std::uint32_t other) {
  return one == 0 || other == 0 || one == other;
}
}  // namespace detail

/// A data set in memory. One column an event.
template <Real S>
struct BasicEvents {
  using Scalar = S;
  using Batch = EventBatch<S>;

  Matrix<S> features = {};                      ///< features × events
  std::vector<int> labels = {};                 ///< Class index of each event, in [0, classes).
  Matrix<S> targets = {};                       ///< targets × events, or empty.
  Vector<S> weights = {};                       ///< One an event, or empty: all 1.
  std::vector<std::string> classes = {};        ///< classes[label] is its name; may be empty.
  std::vector<std::string> feature_names = {};  ///< One a row of features, or empty.
  std::vector<std::string> target_names = {};   ///< One a row of targets, or empty.
  /// How measured features say that one is missing, beside NaN, such as -999; NaN: in no other way.
  double missing = std::numeric_limits<double>::quiet_NaN();
  FeatureState state = FeatureState::measured;
  /// By what they were imputed or scaled: Preprocessing::checksum(). 0: not known, or by nothing.
  std::uint32_t prepared_by = 0;

  std::size_t size() const noexcept { return static_cast<std::size_t>(features.cols()); }

  /// The same events in another precision.
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
            prepared_by};
  }

  /// Checks that the parts fit together: as many labels, targets and weights as events, or none;
  /// names for all rows or for none; every label a class, all with other names; weights finite. Throws
  /// std::invalid_argument, which names the first event that is wrong.
  void validate() const {
    const auto one_an_event = [&](std::size_t count, const char* what) {
      require(count == 0 || count == size(), what, count,
              "one an event, of " + std::to_string(size()) + " events");
    };
    one_an_event(labels.size(), "Events::labels.size()");
    one_an_event(static_cast<std::size_t>(targets.cols()), "Events::targets.cols()");
    one_an_event(static_cast<std::size_t>(weights.size()), "Events::weights.size()");

    for (Index i = 0; i < weights.size(); ++i)
      if (!is_finite(weights[i]))
        require(false, "Events::weights[" + std::to_string(i) + "]", weights[i], "finite");

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

  /// Tells these events from others, see HasDigest: the sizes of all parts, and the CRC-32C of all
  /// their numbers, bit by bit, which takes as long as to read them once. Names are compared by
  /// themselves.
  Settings digest() const {
    return {{"features", described(features.data(), features.rows(), features.cols())},
            {"labels", described(labels.data(), 1, std::ssize(labels))},
            {"targets", described(targets.data(), targets.rows(), targets.cols())},
            {"weights", described(weights.data(), 1, weights.size())}};
  }

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

 private:
  template <class T>
  static std::string described(const T* numbers, Index rows, Index columns) {
    if (rows * columns == 0) return "none";
    const std::span all{numbers, static_cast<std::size_t>(rows * columns)};
    return std::to_string(rows) + " x " + std::to_string(columns) + ", " +
           checksum_text(crc32c_of_numbers(all));
  }
};

using Events = BasicEvents<float>;
static_assert(HasDigest<Events> && HasDigest<BasicEvents<double>>);

namespace detail {

/// Throws std::invalid_argument if S holds no such number. NaN is one.
template <Real S>
void require_missing_of(double missing, const std::string& field) {
  if (!is_nan(missing))
    require(std::abs(missing) <= static_cast<double>(std::numeric_limits<S>::max()), field, missing,
            "finite in the scalar of the events");
}
/// Events::missing; NaN of events that are imputed or scaled, for which it stands no more. Throws
/// std::invalid_argument if S holds no such number.
template <Real S>
double missing_of(const BasicEvents<S>& events) {
  if (events.state != FeatureState::measured) return std::numeric_limits<double>::quiet_NaN();
  require_missing_of<S>(events.missing, "Events::missing");
  return events.missing;
}

}  // namespace detail

}  // namespace tributary::inline v0_1
