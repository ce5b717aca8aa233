#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <string>
#include <tributary/core/finite.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/detail/feature_transform.hpp>
#include <tributary/data/events.hpp>
#include <vector>

namespace tributary {

enum class Imputation { mean, median };

/// Replaces NaN by one value a feature. Weights do not count when fitting.
struct Imputer {
  std::vector<double> values;  ///< One a feature.
  std::vector<std::string> feature_names = {};

  /// The mean or the median of the values that are there. Throws std::invalid_argument for a
  /// feature without any value, or with an infinite one.
  template <Real S>
  static Imputer fit(const BasicEvents<S>& events, Imputation imputation = Imputation::mean) {
    Imputer imputer{{}, events.feature_names};
    for (Index feature = 0; feature < events.features.rows(); ++feature) {
      std::vector<double> values = detail::present_values(events, feature, "Imputer");
      imputer.values.push_back(imputation == Imputation::mean ? mean_of(values)
                                                              : median_of(values));
    }
    imputer.validate();
    return imputer;
  }
  /// The same value for all features.
  template <Real S>
  static Imputer constant(const BasicEvents<S>& events, double value) {
    Imputer imputer{std::vector(static_cast<std::size_t>(events.features.rows()), value),
                    events.feature_names};
    imputer.validate();
    return imputer;
  }

  /// Throws std::invalid_argument if these are other features than those it was fitted on.
  template <Real S>
  void apply(BasicEvents<S>& events) const {
    detail::require_features(events, values.size(), feature_names, "Imputer");
    detail::apply_to_each(*this, events);
  }
  /// One event of values.size() features.
  template <Real S>
  void apply(std::span<S> features) const noexcept {
    for (std::size_t i = 0; i < features.size(); ++i)
      if (is_nan(features[i])) features[i] = static_cast<S>(values[i]);
  }

  /// Throws std::invalid_argument.
  void validate() const {
    detail::require_finite(values, values.size(), "Imputer::values");
    detail::require_names(feature_names, values.size(), "Imputer");
  }

 private:
  static double mean_of(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  }
  static double median_of(std::vector<double>& values) {
    const auto middle = values.begin() + std::ssize(values) / 2;
    std::nth_element(values.begin(), middle, values.end());
    if (values.size() % 2 == 1) return *middle;
    return std::midpoint(*std::max_element(values.begin(), middle), *middle);
  }
};

}  // namespace tributary
