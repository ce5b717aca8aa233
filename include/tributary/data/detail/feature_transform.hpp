// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <tributary/core/crc32c.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/csv_table.hpp>
#include <tributary/data/events.hpp>
#include <utility>
#include <vector>

/// Shared parts of the feature transforms. Each is fitted feature by feature on the present values,
/// and applied event by event.
namespace tributary::inline v0_1::detail {

/// Throws std::invalid_argument if the features are past state `most`. The order is imputation,
/// then scaling, each once.
template <Real S>
void require_state(const BasicEvents<S>& events, FeatureState most, const std::string& function) {
  require(events.state <= most, function + ": events", name_of(events.state),
          most == FeatureState::measured
              ? "as they were measured: Preprocessing imputes and scales, once"
              : "not scaled yet: impute, then scale, and once (Preprocessing does both)");
}

/// The values of one feature without NaN and `missing`. Throws std::invalid_argument if there are
/// none, or if one is infinite.
template <Real S>
std::vector<double> present_values(const BasicEvents<S>& events, Index feature,
                                   const std::string& type, double missing_value) {
  const S missing = static_cast<S>(missing_value);
  std::vector<double> values;
  values.reserve(events.size());
  bool finite = true;
  for (const S x : events.features.row(feature)) {
    finite &= !is_infinite(x);
    if (!is_nan(x) && (is_nan(missing) || x != missing)) values.push_back(static_cast<double>(x));
  }
  const std::string name = events.feature_names.empty()
                               ? std::to_string(feature)
                               : events.feature_names[static_cast<std::size_t>(feature)];
  require(finite, type + "::fit: feature", name, "without infinite values");
  require(!values.empty(), type + "::fit: feature", name, "with at least one value");
  return values;
}

/// The mean, summed relative to the first value, so that the mean of a constant is exact.
inline double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double x : values) sum += x - values.front();
  return values.front() + sum / static_cast<double>(values.size());
}
/// The median. It reorders the values.
inline double median_of(std::vector<double>& values) {
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return std::midpoint(*std::max_element(values.begin(), middle), *middle);
}
/// The standard deviation of the population (divided by n); 1 for a constant. Distances are scaled
/// by a power of 2 before they are squared, against overflow and underflow. This changes no bit of
/// other results.
inline double deviation_of(const std::vector<double>& values, double mean) {
  double largest = 0;
  for (const double x : values) largest = std::max(largest, std::abs(x - mean));
  if (largest == 0) return 1;
  int exponent = 0;
  std::frexp(largest, &exponent);
  exponent = std::clamp(exponent, -1000, 1000);  // so that the reciprocal is a double, too
  const double shrink = std::ldexp(1, -exponent);
  double squares = 0;
  for (const double x : values) {
    const double distance = (x - mean) * shrink;
    squares += distance * distance;
  }
  return std::ldexp(std::sqrt(squares / static_cast<double>(values.size())), exponent);
}
/// The minimum, and the maximum minus the minimum; 1 for a constant.
inline std::pair<double, double> range_of(const std::vector<double>& values) {
  const auto [least, greatest] = std::ranges::minmax(values);
  return {least, greatest > least ? greatest - least : 1};
}

/// Throws std::invalid_argument unless the events have `count` features of these names. Their
/// Events::missing must be NaN or the one of the fit.
template <Real S>
void require_features(const BasicEvents<S>& events, std::size_t count,
                      const std::vector<std::string>& names, double missing,
                      const std::string& type) {
  const auto rows = static_cast<std::size_t>(events.features.rows());
  require(rows == count, type + "::apply: features", rows, std::to_string(count) + " as fitted");
  require_missing_of<S>(missing, type + "::missing");
  if (const double found = missing_of(events); !is_nan(found))
    require(!is_nan(missing) && found == missing, type + "::apply: Events::missing", found,
            to_text(missing) + ", " + type + "::missing, as fitted");
  if (names.empty() || events.feature_names.empty()) return;
  for (std::size_t i = 0; i < count; ++i)
    require(events.feature_names[i] == names[i], type + "::apply: feature " + std::to_string(i),
            events.feature_names[i], names[i] + " as fitted");
}

/// Checksum of a preprocessing: the value for "missing", then the values of the imputation, then
/// those of the scaling. It continues from `before`, so two steps have the checksum of the
/// Preprocessing that does both. All NaN count as one value, "none".
inline std::uint32_t checksum_of(std::uint32_t before, double missing,
                                 std::initializer_list<std::span<const double>> values) {
  std::vector<double> all;
  if (before == 0) all.push_back(missing);
  for (const std::span<const double> some : values) all.insert(all.end(), some.begin(), some.end());
  for (double& number : all)
    if (is_nan(number)) number = std::numeric_limits<double>::quiet_NaN();
  return crc32c_of_numbers(std::span<const double>{all}, before);
}

/// Applies the transform to each event, after it has replaced Events::missing by NaN.
template <class Transform, Real S>
void apply_to_each(const Transform& transform, BasicEvents<S>& events) {
  const auto rows = static_cast<std::size_t>(events.features.rows());
  const bool replaces = events.state == FeatureState::measured && !is_nan(transform.missing);
  const S missing = static_cast<S>(transform.missing);
  for (Index event = 0; event < events.features.cols(); ++event) {
    const std::span<S> features{events.features.col(event).data(), rows};
    if (replaces) std::ranges::replace(features, missing, std::numeric_limits<S>::quiet_NaN());
    transform.apply(features);
  }
}
/// Records a step in the events, unless the steps before it are unknown.
template <Real S>
void note(BasicEvents<S>& events, FeatureState state, double missing,
          std::initializer_list<std::span<const double>> values) {
  if (events.state == FeatureState::measured || events.prepared_by != 0)
    events.prepared_by = checksum_of(events.prepared_by, missing, values);
  events.state = state;
}
/// Records a scaler in the form that a Preprocessing made of it has.
template <Real S>
void note_scaled(BasicEvents<S>& events, double missing, const std::vector<double>& subtracted,
                 const std::vector<double>& divisors) {
  std::vector<double> offset, scale;
  for (const double value : subtracted) offset.push_back(-value);
  for (const double value : divisors) scale.push_back(1 / value);
  note(events, FeatureState::scaled, missing, {offset, scale});
}

/// For validate(): `count` values, all finite.
inline void require_finite(const std::vector<double>& values, std::size_t count,
                           const std::string& field) {
  require(values.size() == count, field + ".size()", values.size(), std::to_string(count));
  for (const double value : values) require(is_finite(value), field, value, "finite");
}
/// For validate().
inline void require_missing(double missing, const std::string& type) {
  if (!is_nan(missing)) require(is_finite(missing), type + "::missing", missing, "finite, or NaN");
}
/// For validate(): names for all features or for none.
inline void require_names(const std::vector<std::string>& names, std::size_t count,
                          const std::string& type) {
  require(names.empty() || names.size() == count, type + "::feature_names.size()", names.size(),
          "0 or " + std::to_string(count));
}

}  // namespace tributary::inline v0_1::detail
