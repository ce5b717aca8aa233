// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/detail/feature_transform.hpp>
#include <tributary/data/events.hpp>
#include <vector>

namespace tributary::inline v0_1 {

/// x' = (x - mean) / scale, feature by feature, where scale is the standard deviation of the
/// population (divided by n, not n - 1). A constant feature has scale 1. The fit ignores weights
/// and missing features (NaN or Events::missing), which become NaN. Events are scaled once, after
/// imputation. Preprocessing does both steps, in training and in inference.
struct StandardScaler {
  std::vector<double> mean;   ///< One a feature.
  std::vector<double> scale;  ///< One a feature, positive.
  std::vector<std::string> feature_names = {};
  /// Events::missing of the events of the fit. Events with another value are refused.
  double missing = std::numeric_limits<double>::quiet_NaN();

  /// Throws std::invalid_argument for a feature without any value, or with an infinite one.
  template <Real S>
  static StandardScaler fit(const BasicEvents<S>& events) {
    detail::require_state(events, FeatureState::imputed, "StandardScaler::fit");
    StandardScaler scaler{{}, {}, events.feature_names, detail::missing_of(events)};
    for (Index feature = 0; feature < events.features.rows(); ++feature) {
      const std::vector<double> values =
          detail::present_values(events, feature, "StandardScaler", scaler.missing);
      scaler.mean.push_back(detail::mean_of(values));
      scaler.scale.push_back(detail::deviation_of(values, scaler.mean.back()));
    }
    scaler.validate();
    return scaler;
  }

  /// Throws std::invalid_argument if the events have other features than those of the fit, have
  /// another `missing`, or are already scaled.
  template <Real S>
  void apply(BasicEvents<S>& events) const {
    detail::require_state(events, FeatureState::imputed, "StandardScaler::apply");
    detail::require_features(events, mean.size(), feature_names, missing, "StandardScaler");
    detail::apply_to_each(*this, events);
    detail::note_scaled(events, missing, mean, scale);
  }
  /// Transforms one event of mean.size() features; NaN is missing.
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
    detail::require_missing(missing, "StandardScaler");
  }
};

}  // namespace tributary::inline v0_1
