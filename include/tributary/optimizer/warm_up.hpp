// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/optimizer/constant.hpp>
#include <tributary/optimizer/learning_rate_schedule.hpp>

namespace tributary::inline v0_1 {

/// (step + 1) / steps for the first `steps` steps, then the schedule `after`, which starts at its
/// step 0 (Goyal et al., arXiv:1706.02677, section 2.2).
template <class After = Constant>
struct WarmUp {
  std::uint64_t steps = 0;  ///< 0: no warm-up.
  After after = {};

  double factor(std::uint64_t step) const requires RateFactor<After> {
    return step < steps ? static_cast<double>(step + 1) / static_cast<double>(steps)
                        : after.factor(step - steps);
  }
  void observe(std::uint64_t step, Loss loss) requires ObservesLoss<After> {
    if (step >= steps) after.observe(step - steps, loss);
  }
  auto make_state() const requires(!RateFactor<After>) {
    return WarmUp<decltype(after.make_state())>{steps, after.make_state()};
  }
  void validate() const { after.validate(); }
};

}  // namespace tributary::inline v0_1
