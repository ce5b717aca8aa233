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

/// What a missing feature is taken for: the mean or the median of the values that are there, one
/// constant for all features, or nothing: it stays missing.
enum class Imputation { mean, median, constant, none };

/// Replaces NaN and Events::missing by one value a feature, in the feature's own units: before a
/// scaler. Weights do not count when fitting. Preprocessing does both, in training and in serving.
struct Imputer {
  std::vector<double> values;  ///< One a feature.
  std::vector<std::string> feature_names = {};
  /// Events::missing of the measured ones it was fitted on: it takes no events that say another.
  double missing = std::numeric_limits<double>::quiet_NaN();

  /// The mean or the median of the values that are there. Throws std::invalid_argument for a
  /// feature without any value, or with an infinite one.
  template <Real S>
  static Imputer fit(const BasicEvents<S>& events, Imputation imputation = Imputation::mean) {
    detail::require_state(events, FeatureState::imputed, "Imputer::fit");
    require(imputation == Imputation::mean || imputation == Imputation::median,
            "Imputer::fit: imputation", static_cast<int>(imputation),
            "mean or median; Imputer::constant() makes the other");
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
  /// The same value for all features.
  template <Real S>
  static Imputer constant(const BasicEvents<S>& events, double value) {
    detail::require_state(events, FeatureState::imputed, "Imputer::constant");
    Imputer imputer{std::vector(static_cast<std::size_t>(events.features.rows()), value),
                    events.feature_names, detail::missing_of(events)};
    imputer.validate();
    return imputer;
  }

  /// Throws std::invalid_argument if these are other features than those it was fitted on, have another
  /// `missing`, or are scaled already.
  template <Real S>
  void apply(BasicEvents<S>& events) const {
    detail::require_state(events, FeatureState::imputed, "Imputer::apply");
    detail::require_features(events, values.size(), feature_names, missing, "Imputer");
    detail::apply_to_each(*this, events);
    detail::note(events, FeatureState::imputed, missing, {values});
  }
  /// One event of values.size() features, of which NaN are missing.
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
