// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <limits>
#include <tributary/core/finite.hpp>

namespace tributary::inline v0_1::detail {

/// A sum of weights that may cancel. The total is 0 if it is within the rounding error of n
/// additions, n ε Σ|w|.
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
