// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <tributary/core/require.hpp>
#include <tributary/optimizer/learning_rate_schedule.hpp>

namespace tributary::inline v0_1 {

/// rate^(step / steps): a smooth decay by the factor `rate` over every `steps` steps.
struct ExponentialDecay {
  std::uint64_t steps = 0;  ///< Must be set.
  double rate = 0.1;

  double factor(std::uint64_t step) const {
    return std::pow(rate, static_cast<double>(step) / static_cast<double>(steps));
  }
  void validate() const {
    require(steps >= 1, "ExponentialDecay::steps", steps, "at least 1");
    require(rate > 0 && rate <= 1, "ExponentialDecay::rate", rate, "in (0, 1]");
  }
};

}  // namespace tributary::inline v0_1
