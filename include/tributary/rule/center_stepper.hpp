// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <tributary/core/separable.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/optimizer/local_optimizer.hpp>

namespace tributary::inline v0_1 {

/// An optimizer's stepper at the center. Its position in a learning-rate schedule is the number of
/// commits in the center divided by `commits_a_step`. That is 1 for an asynchronous schedule, and
/// the number of workers for rounds. A round that lacks some commits advances the position by less.
/// So the schedule ends when all rows are trained on, and not before, even if workers are lost or
/// join late. The position is part of a hub's checkpoint.
template <Real S, class P>
struct CenterStepper {
  static constexpr bool separable = Separable<P>;
  P stepper;
  std::uint64_t commits_a_step = 1;
  std::uint64_t commits = 0;  ///< Commits before the next step.

  void apply(View<S> center, View<S> gradient, int contributors) {
    set_step(stepper, commits / commits_a_step);
    stepper.apply(center, gradient);
    commits += static_cast<std::uint64_t>(contributors);
  }
};

}  // namespace tributary::inline v0_1
