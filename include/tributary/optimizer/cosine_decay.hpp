// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <tributary/core/require.hpp>
#include <tributary/optimizer/learning_rate_schedule.hpp>

namespace tributary::inline v0_1 {

/// floor + (1 − floor) (1 + cos(π step / steps)) / 2 up to `steps`, then `floor`
/// (Loshchilov, Hutter, arXiv:1608.03983, eq. 5, without restarts).
struct CosineDecay {
  std::uint64_t steps = 0;  ///< Must be set.
  double floor = 0;         ///< The last factor.

  double factor(std::uint64_t step) const {
    const double done = static_cast<double>(std::min(step, steps)) / static_cast<double>(steps);
    return floor + (1 - floor) * (1 + std::cos(std::numbers::pi * done)) / 2;
  }
  void validate() const {
    require(steps >= 1, "CosineDecay::steps", steps, "at least 1");
    require(floor >= 0 && floor <= 1, "CosineDecay::floor", floor, "in [0, 1]");
  }
};

}  // namespace tributary::inline v0_1
