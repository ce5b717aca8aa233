// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/csv_table.hpp>
#include <tributary/data/detail/feature_transform.hpp>
#include <tributary/data/events.hpp>
#include <tributary/data/imputer.hpp>
#include <tributary/data/min_max_scaler.hpp>
#include <tributary/data/standard_scaler.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

/// Formula that scales the features: none, that of StandardScaler or that of MinMaxScaler.
enum class Scaling { none, standard, min_max };

/// Options of Preprocessing::fit().
struct PreprocessingOptions {
  /// Value that stands for "missing" besides NaN, such as -999. NaN: CsvOptions::missing of the
  /// file that the events came from.
  double missing = std::numeric_limits<double>::quiet_NaN();
  Imputation impute = Imputation::none;  ///< Replacement for a missing feature.
  double constant = 0;  ///< The value of Imputation::constant, in the features' own units.
  Scaling scale = Scaling::standard;
};

/// Preparation of an event's features for a net: a missing feature gets its default, then x' = (x +
/// offset) · scale, feature by feature. The same object serves training and inference:
///
///   const auto preprocessing =
///       Preprocessing::fit(training, {.missing = -999.0, .impute = Imputation::mean});
///   preprocessing.apply(training);  // and to the test events; a SavedModel or a Predictor takes it
///
/// Defaults are in the features' own units; the imputation always comes before the scaling.
struct Preprocessing {
  std::vector<double> offset = {};  ///< One a feature. Empty: features are not scaled.
  std::vector<double> scale = {};   ///< One a feature, as many as offsets.
  /// Replacements for missing features, in the features' own units; may be empty. A missing feature
  /// without one, or with NaN, becomes NaN: training refuses it and its scores are NaN.
  std::vector<double> defaults = {};
  /// Value that stands for "missing" besides NaN, such as -999. NaN: there is none.
  double missing = std::numeric_limits<double>::quiet_NaN();
  std::vector<std::string> feature_names = {};

  Preprocessing() = default;
  Preprocessing(const StandardScaler& scaler)
      : Preprocessing{scaler.mean, scaler.scale, scaler.feature_names, scaler.missing} {}
  Preprocessing(const MinMaxScaler& scaler)
      : Preprocessing{scaler.minimum, scaler.scale, scaler.feature_names, scaler.missing} {}
  /// Combines an imputer and a scaler that were fitted on the training data. The value for
  /// "missing" comes from them, or from `missing_value` if they have none. Throws
  /// std::invalid_argument if their features or their `missing` differ.
  template <class Scaler>
  Preprocessing(const Imputer& imputer, const Scaler& scaler,
                double missing_value = std::numeric_limits<double>::quiet_NaN())
      : Preprocessing{scaler} {
    require(imputer.values.size() == offset.size(), "Preprocessing: features of the imputer",
            imputer.values.size(), std::to_string(offset.size()) + ", as of the scaler");
    if (feature_names.empty()) feature_names = imputer.feature_names;
    for (std::size_t i = 0; i < imputer.feature_names.size(); ++i)
      require(feature_names[i] == imputer.feature_names[i],
              "Preprocessing: feature " + std::to_string(i) + " of the imputer",
              imputer.feature_names[i], feature_names[i] + ", as of the scaler");
    defaults = imputer.values;
    for (const double known : {imputer.missing, missing_value}) {
      if (is_nan(known)) continue;
      if (is_nan(missing)) missing = known;
      require(
          known == missing, "Preprocessing: missing", known,
          detail::to_text(missing) + ", as of the events that imputer and scaler were fitted on");
    }
  }

  /// Fits measured events. The mean, the range and so on are those of the present values; weights
  /// are ignored. Throws std::invalid_argument for events that are already imputed or scaled, and
  /// for a feature without any value, or with an infinite one.
  template <Real S>
  static Preprocessing fit(const BasicEvents<S>& events, const PreprocessingOptions& options = {}) {
    detail::require_state(events, FeatureState::measured, "Preprocessing::fit");
    events.validate();
    Preprocessing fitted;
    fitted.missing = options.missing;
    if (is_nan(fitted.missing)) fitted.missing = events.missing;
    if (!is_nan(events.missing))
      require(events.missing == fitted.missing, "PreprocessingOptions::missing", fitted.missing,
              detail::to_text(events.missing) + ", as where the events were read");
    fitted.template require_numbers_of<S>();
    fitted.feature_names = events.feature_names;
    for (Index feature = 0; feature < events.features.rows(); ++feature) {
      std::vector<double> values =
          detail::present_values(events, feature, "Preprocessing", fitted.missing);
      const double mean = detail::mean_of(values);
      if (options.scale == Scaling::standard) {
        fitted.offset.push_back(-mean);
        fitted.scale.push_back(1 / detail::deviation_of(values, mean));
      } else if (options.scale == Scaling::min_max) {
        const auto [least, range] = detail::range_of(values);
        fitted.offset.push_back(-least);
        fitted.scale.push_back(1 / range);
      }
      switch (options.impute) {
        case Imputation::none:
          break;
        case Imputation::mean:
          fitted.defaults.push_back(mean);
          break;
        case Imputation::median:
          fitted.defaults.push_back(detail::median_of(values));
          break;
        case Imputation::constant:
          fitted.defaults.push_back(options.constant);
          break;
      }
    }
    fitted.validate(static_cast<std::size_t>(events.features.rows()));
    fitted.template require_numbers_of<S>();
    return fitted;
  }

  /// Transforms measured events. Throws std::invalid_argument if they are already imputed or
  /// scaled, or have other features or another `missing` than those of the fit.
  template <Real S>
  void apply(BasicEvents<S>& events) const {
    detail::require_state(events, FeatureState::measured, "Preprocessing::apply");
    std::size_t fitted = std::max({offset.size(), defaults.size(), feature_names.size()});
    if (fitted == 0) fitted = static_cast<std::size_t>(events.features.rows());
    validate(fitted);
    require_numbers_of<S>();
    detail::require_features(events, fitted, feature_names, missing, "Preprocessing");
    detail::apply_to_each(*this, events);
    if (checksum() != 0) detail::note(events, state(), missing, {defaults, offset, scale});
  }
  /// State of events after apply().
  FeatureState state() const {
    return !offset.empty()     ? FeatureState::scaled
           : !defaults.empty() ? FeatureState::imputed
                               : FeatureState::measured;
  }
  /// Identifies this Preprocessing: a checksum of `missing` and all other values without the names;
  /// 0 if it does nothing. apply() stores it in BasicEvents::prepared_by.
  std::uint32_t checksum() const {
    if (state() == FeatureState::measured && is_nan(missing)) return 0;
    return detail::checksum_of(0, missing, {defaults, offset, scale});
  }
  /// Transforms one event, which must have the same number of features.
  template <Real S>
  void apply(std::span<S> features) const noexcept {
    for (std::size_t i = 0; i < features.size(); ++i) {
      double x = static_cast<double>(features[i]);
      if (is_nan(features[i]) || (!is_nan(missing) && features[i] == static_cast<S>(missing)))
        x = defaults.empty() ? std::numeric_limits<double>::quiet_NaN() : defaults[i];
      if (!offset.empty()) x = (x + offset[i]) * scale[i];
      features[i] = static_cast<S>(x);
    }
  }

  /// Throws std::invalid_argument unless the settings are consistent for this number of features.
  void validate(std::size_t features) const {
    const auto check = [&](const std::vector<double>& values, const char* name) {
      if (!values.empty()) detail::require_finite(values, features, name);
    };
    check(offset, "Preprocessing::offset");
    check(scale, "Preprocessing::scale");
    for (const double factor : scale)
      require(factor != 0, "Preprocessing::scale", factor, "not 0, which loses the feature");
    require(defaults.empty() || defaults.size() == features, "Preprocessing::defaults.size()",
            defaults.size(), "0 or " + std::to_string(features));
    for (const double value : defaults)
      if (is_infinite(value)) require(false, "Preprocessing::defaults", value, "finite, or NaN");
    require(offset.size() == scale.size(), "Preprocessing::scale.size()", scale.size(),
            std::to_string(offset.size()) + ", as many as offsets");
    detail::require_missing(missing, "Preprocessing");
    detail::require_names(feature_names, features, "Preprocessing");
  }
  /// Throws std::invalid_argument unless S can hold `missing` and every scaled default.
  template <Real S>
  void require_numbers_of() const {
    constexpr double most = static_cast<double>(std::numeric_limits<S>::max());
    detail::require_missing_of<S>(missing, "Preprocessing::missing");
    for (std::size_t i = 0; i < defaults.size(); ++i) {
      const double x = offset.empty() ? defaults[i] : (defaults[i] + offset[i]) * scale[i];
      if (!is_nan(defaults[i]))
        require(std::abs(x) <= most, "Preprocessing::defaults[" + std::to_string(i) + "]",
                defaults[i], "finite, once scaled, in the scalar of the events");
    }
  }

 private:
  Preprocessing(const std::vector<double>& subtracted, const std::vector<double>& divisors,
                std::vector<std::string> names, double missing_value)
      : missing{missing_value}, feature_names{std::move(names)} {
    for (const double value : subtracted) offset.push_back(-value);
    for (const double value : divisors) scale.push_back(1 / value);
  }
};

}  // namespace tributary::inline v0_1
