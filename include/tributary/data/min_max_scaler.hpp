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

/// x' = (x - minimum) / scale, feature by feature, where scale is maximum - minimum: what it was
/// fitted on comes to lie in [0, 1]. A constant feature has scale 1. A missing
/// feature, NaN or Events::missing, does not count when fitting and becomes NaN; weights do not count
/// either. Events are scaled once, and imputed before: Preprocessing does both, in training and in
/// serving.
struct MinMaxScaler {
  std::vector<double> minimum;  ///< One a feature.
  std::vector<double> scale;    ///< One a feature, positive.
  std::vector<std::string> feature_names = {};
  /// Events::missing of the measured ones it was fitted on: it takes no events that say another.
  double missing = std::numeric_limits<double>::quiet_NaN();

  /// Throws std::invalid_argument for a feature without any value, or with an infinite one.
  template <Real S>
  static MinMaxScaler fit(const BasicEvents<S>& events) {
    detail::require_state(events, FeatureState::imputed, "MinMaxScaler::fit");
    MinMaxScaler scaler{{}, {}, events.feature_names, detail::missing_of(events)};
    for (Index feature = 0; feature < events.features.rows(); ++feature) {
      const std::vector<double> values =
          detail::present_values(events, feature, "MinMaxScaler", scaler.missing);
      const auto [least, range] = detail::range_of(values);
      scaler.minimum.push_back(least);
      scaler.scale.push_back(range);
    }
    scaler.validate();
    return scaler;
  }

  /// Throws std::invalid_argument if these are other features than those it was fitted on, have another
  /// `missing`, or are scaled already.
  template <Real S>
  void apply(BasicEvents<S>& events) const {
    detail::require_state(events, FeatureState::imputed, "MinMaxScaler::apply");
    detail::require_features(events, minimum.size(), feature_names, missing, "MinMaxScaler");
    detail::apply_to_each(*this, events);
    detail::note_scaled(events, missing, minimum, scale);
  }
  /// One event of minimum.size() features, of which NaN are missing.
  template <Real S>
  void apply(std::span<S> features) const noexcept {
    for (std::size_t i = 0; i < features.size(); ++i)
      features[i] = static_cast<S>((static_cast<double>(features[i]) - minimum[i]) / scale[i]);
  }

  /// Throws std::invalid_argument.
  void validate() const {
    detail::require_finite(minimum, minimum.size(), "MinMaxScaler::minimum");
    detail::require_finite(scale, minimum.size(), "MinMaxScaler::scale");
    for (const double s : scale) require(s > 0, "MinMaxScaler::scale", s, "positive");
    detail::require_names(feature_names, minimum.size(), "MinMaxScaler");
    detail::require_missing(missing, "MinMaxScaler");
  }
};

}  // namespace tributary::inline v0_1
