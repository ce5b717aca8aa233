#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/detail/feature_transform.hpp>
#include <tributary/data/imputer.hpp>
#include <tributary/data/min_max_scaler.hpp>
#include <tributary/data/standard_scaler.hpp>
#include <utility>
#include <vector>

namespace tributary {

/// What happens to the features of an event before a net sees them: a missing one gets its default,
/// then x' = (x + offset) · scale, feature by feature.
struct Preprocessing {
  std::vector<double> offset = {};  ///< One a feature; none: features are taken as they are.
  std::vector<double> scale = {};   ///< One a feature, as many as offsets.
  /// What a missing feature is taken for, in the features' own units; none: no feature may be missing.
  std::vector<double> defaults = {};
  /// How an event says that a feature is missing, such as -999; NaN says so in any case.
  double missing = std::numeric_limits<double>::quiet_NaN();
  std::vector<std::string> feature_names = {};

  Preprocessing() = default;
  Preprocessing(const StandardScaler& scaler)
      : Preprocessing{scaler.mean, scaler.scale, scaler.feature_names} {}
  Preprocessing(const MinMaxScaler& scaler)
      : Preprocessing{scaler.minimum, scaler.scale, scaler.feature_names} {}
  /// An imputer before a scaler, as they were fitted on the data of the training.
  template <class Scaler>
  Preprocessing(const Imputer& imputer, const Scaler& scaler,
                double missing_value = std::numeric_limits<double>::quiet_NaN())
      : Preprocessing{scaler} {
    defaults = imputer.values;
    missing = missing_value;
  }

  /// One event, which must have as many features.
  template <Real S>
  void apply(std::span<S> features) const noexcept {
    for (std::size_t i = 0; i < features.size(); ++i) {
      const bool is_missing =
          is_nan(features[i]) || (!is_nan(missing) && features[i] == static_cast<S>(missing));
      double x = is_missing && !defaults.empty() ? defaults[i] : double{features[i]};
      if (!offset.empty()) x = (x + offset[i]) * scale[i];
      features[i] = static_cast<S>(x);
    }
  }

  /// Throws std::invalid_argument unless it is one of so many features.
  void validate(std::size_t features) const {
    const auto check = [&](const std::vector<double>& values, const char* name) {
      if (!values.empty()) detail::require_finite(values, features, name);
    };
    check(offset, "Preprocessing::offset");
    check(scale, "Preprocessing::scale");
    check(defaults, "Preprocessing::defaults");
    require(offset.size() == scale.size(), "Preprocessing::scale: numbers", scale.size(),
            std::to_string(offset.size()) + ", as many as offsets");
    if (!is_nan(missing))
      require(is_finite(missing), "Preprocessing::missing", missing, "finite, or NaN");
    detail::require_names(feature_names, features, "Preprocessing");
  }

 private:
  Preprocessing(const std::vector<double>& subtracted, const std::vector<double>& divisors,
                std::vector<std::string> names)
      : feature_names{std::move(names)} {
    for (const double value : subtracted) offset.push_back(-value);
    for (const double value : divisors) scale.push_back(1 / value);
  }
};

}  // namespace tributary
