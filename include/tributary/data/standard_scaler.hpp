#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/detail/feature_transform.hpp>
#include <tributary/data/events.hpp>
#include <vector>

namespace tributary {

/// x' = (x - mean) / scale, feature by feature, where scale is the standard deviation (of the
/// population: divided by n, not n - 1). A constant feature has scale 1. NaN does not count when
/// fitting and stays NaN; weights do not count either.
struct StandardScaler {
  std::vector<double> mean;   ///< One a feature.
  std::vector<double> scale;  ///< One a feature, positive.
  std::vector<std::string> feature_names = {};

  /// Throws std::invalid_argument for a feature without any value, or with an infinite one.
  template <Real S>
  static StandardScaler fit(const BasicEvents<S>& events) {
    StandardScaler scaler{{}, {}, events.feature_names};
    for (Index feature = 0; feature < events.features.rows(); ++feature) {
      const std::vector<double> values = detail::present_values(events, feature, "StandardScaler");
      const auto count = static_cast<double>(values.size());
      // Relative to the first value, so that a constant has exactly itself as mean.
      double sum = 0, squares = 0;
      for (const double x : values) sum += x - values.front();
      const double mean = values.front() + sum / count;
      for (const double x : values) squares += (x - mean) * (x - mean);
      scaler.mean.push_back(mean);
      scaler.scale.push_back(squares > 0 ? std::sqrt(squares / count) : 1);
    }
    scaler.validate();
    return scaler;
  }

  /// Throws std::invalid_argument if these are other features than those it was fitted on.
  template <Real S>
  void apply(BasicEvents<S>& events) const {
    detail::require_features(events, mean.size(), feature_names, "StandardScaler");
    detail::apply_to_each(*this, events);
  }
  /// One event of mean.size() features.
  template <Real S>
  void apply(std::span<S> features) const noexcept {
    for (std::size_t i = 0; i < features.size(); ++i)
      features[i] = static_cast<S>((static_cast<double>(features[i]) - mean[i]) / scale[i]);
  }

  /// Throws std::invalid_argument.
  void validate() const {
    detail::require_finite(mean, mean.size(), "StandardScaler::mean");
    detail::require_finite(scale, mean.size(), "StandardScaler::scale");
    for (const double s : scale) require(s > 0, "StandardScaler::scale", s, "positive");
    detail::require_names(feature_names, mean.size(), "StandardScaler");
  }
};

}  // namespace tributary
