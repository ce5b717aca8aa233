// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <tributary/core/require.hpp>
#include <tributary/optimizer/learning_rate_schedule.hpp>

namespace tributary::inline v0_1 {

/// rate^⌊step / every⌋: multiplied by `rate` after every `every` steps.
struct StepDecay {
  std::uint64_t every = 0;  ///< In steps; must be set.
  double rate = 0.1;

  double factor(std::uint64_t step) const {
    const std::uint64_t drops = step / every;
    return std::pow(rate, static_cast<double>(drops));
  }
  void validate() const {
    require(every >= 1, "StepDecay::every", every, "at least 1");
    require(rate > 0 && rate <= 1, "StepDecay::rate", rate, "in (0, 1]");
  }
};

}  // namespace tributary::inline v0_1
