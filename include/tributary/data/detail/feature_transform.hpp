#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/events.hpp>
#include <vector>

/// What the transforms of features share: each is fitted feature by feature on the values that are
/// there, and applied to one event after the other.
namespace tributary::detail {

/// The values of one feature without NaN. Throws std::invalid_argument if none is left, or if one
/// is infinite.
template <Real S>
std::vector<double> present_values(const BasicEvents<S>& events, Index feature,
                                   const std::string& type) {
  std::vector<double> values;
  values.reserve(events.size());
  bool finite = true;
  for (const S x : events.features.row(feature)) {
    finite &= !is_infinite(x);
    if (!is_nan(x)) values.push_back(static_cast<double>(x));
  }
  const std::string name = events.feature_names.empty()
                               ? std::to_string(feature)
                               : events.feature_names[static_cast<std::size_t>(feature)];
  require(finite, type + "::fit: feature", name, "without infinite values");
  require(!values.empty(), type + "::fit: feature", name, "of some event");
  return values;
}

/// Throws std::invalid_argument unless these are `count` features of these names.
template <Real S>
void require_features(const BasicEvents<S>& events, std::size_t count,
                      const std::vector<std::string>& names, const std::string& type) {
  const auto rows = static_cast<std::size_t>(events.features.rows());
  require(rows == count, type + "::apply: features", rows, std::to_string(count) + " as fitted");
  if (names.empty() || events.feature_names.empty()) return;
  for (std::size_t i = 0; i < count; ++i)
    require(events.feature_names[i] == names[i], type + "::apply: feature " + std::to_string(i),
            events.feature_names[i], names[i] + " as fitted");
}

template <class Transform, Real S>
void apply_to_each(const Transform& transform, BasicEvents<S>& events) {
  const auto rows = static_cast<std::size_t>(events.features.rows());
  for (Index event = 0; event < events.features.cols(); ++event)
    transform.apply(std::span<S>{events.features.col(event).data(), rows});
}

/// For validate(): `count` numbers, all finite.
inline void require_finite(const std::vector<double>& values, std::size_t count,
                           const std::string& field) {
  require(values.size() == count, field + ".size()", values.size(), std::to_string(count));
  for (const double value : values) require(is_finite(value), field, value, "finite");
}
/// For validate(): names for all features or for none.
inline void require_names(const std::vector<std::string>& names, std::size_t count,
                          const std::string& type) {
  require(names.empty() || names.size() == count, type + "::feature_names.size()", names.size(),
          "0 or " + std::to_string(count));
}

}  // namespace tributary::detail
