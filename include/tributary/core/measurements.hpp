// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <limits>
#include <vector>

namespace tributary::inline v0_1 {

/// Values of one quantity that was measured several times, for example by the folds of a
/// cross-validation.
struct Measurements {
  std::vector<double> values = {};

  /// NaN without values.
  double mean() const {
    if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
    double sum = 0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
  }
  /// The standard deviation of one value, √(Σ (x − mean)² / (n − 1)). NaN below two values.
  double spread() const {
    if (values.size() < 2) return std::numeric_limits<double>::quiet_NaN();
    const double center = mean();
    double sum = 0;
    for (const double value : values) sum += (value - center) * (value - center);
    return std::sqrt(sum / static_cast<double>(values.size() - 1));
  }
};

}  // namespace tributary::inline v0_1
