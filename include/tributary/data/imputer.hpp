// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/detail/feature_transform.hpp>
#include <tributary/data/events.hpp>
#include <vector>

namespace tributary::inline v0_1 {

/// Replacement for a missing feature: the mean or the median of the present values, or one constant
/// for all features. With none, it stays missing.
enum class Imputation { mean, median, constant, none };

/// Replaces NaN and Events::missing by one value a feature, in the feature's own units. It comes
/// before a scaler. The fit ignores weights. Preprocessing does both steps, in training and in
/// inference.
struct Imputer {
  std::vector<double> values;  ///< One a feature.
  std::vector<std::string> feature_names = {};
  /// Events::missing of the events of the fit. Events with another value are refused.
  double missing = std::numeric_limits<double>::quiet_NaN();

  /// Fits the mean or the median of the present values. Throws std::invalid_argument for a feature
  /// without any value, or with an infinite one.
  template <Real S>
  static Imputer fit(const BasicEvents<S>& events, Imputation imputation = Imputation::mean) {
    detail::require_state(events, FeatureState::imputed, "Imputer::fit");
    require(imputation == Imputation::mean || imputation == Imputation::median,
            "Imputer::fit: imputation", static_cast<int>(imputation),
            "mean or median; use Imputer::constant() for a constant");
    Imputer imputer{{}, events.feature_names, detail::missing_of(events)};
    for (Index feature = 0; feature < events.features.rows(); ++feature) {
      std::vector<double> values =
          detail::present_values(events, feature, "Imputer", imputer.missing);
      imputer.values.push_back(imputation == Imputation::mean ? detail::mean_of(values)
                                                              : detail::median_of(values));
    }
    imputer.validate();
    return imputer;
  }
  /// Uses the same value for all features.
  template <Real S>
  static Imputer constant(const BasicEvents<S>& events, double value) {
    detail::require_state(events, FeatureState::imputed, "Imputer::constant");
    Imputer imputer{std::vector(static_cast<std::size_t>(events.features.rows()), value),
                    events.feature_names, detail::missing_of(events)};
    imputer.validate();
    return imputer;
  }

  /// Throws std::invalid_argument if the events have other features than those of the fit, have
  /// another `missing`, or are already scaled.
  template <Real S>
  void apply(BasicEvents<S>& events) const {
    detail::require_state(events, FeatureState::imputed, "Imputer::apply");
    detail::require_features(events, values.size(), feature_names, missing, "Imputer");
    detail::apply_to_each(*this, events);
    detail::note(events, FeatureState::imputed, missing, {values});
  }
  /// Transforms one event of values.size() features; NaN is missing.
  template <Real S>
  void apply(std::span<S> features) const noexcept {
    for (std::size_t i = 0; i < features.size(); ++i)
      if (is_nan(features[i])) features[i] = static_cast<S>(values[i]);
  }

  /// Throws std::invalid_argument.
  void validate() const {
    detail::require_finite(values, values.size(), "Imputer::values");
    detail::require_names(feature_names, values.size(), "Imputer");
    detail::require_missing(missing, "Imputer");
  }
};

}  // namespace tributary::inline v0_1
