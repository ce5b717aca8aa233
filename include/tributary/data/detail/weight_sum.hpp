// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <limits>
#include <tributary/core/finite.hpp>

namespace tributary::inline v0_1::detail {

/// A sum of weights, of which rounding may have left a little where they cancel: no weight at all
/// then, where it is within the bound n ε Σ|w| of the errors of n additions.
struct WeightSum {
  double value = 0, size = 0;
  double count = 0;

  void add(double weight) {
    value += weight;
    size += std::abs(weight);
    ++count;
  }
  double total() const {
    const bool is_rest =
        !is_nan(value) && std::abs(value) <= count * std::numeric_limits<double>::epsilon() * size;
    return is_rest ? 0 : value;
  }
};

}  // namespace tributary::inline v0_1::detail
