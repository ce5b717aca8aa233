// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <tributary/core/separable.hpp>
#include <tributary/optimizer/local_optimizer.hpp>

namespace tributary::inline v0_1 {

/// An optimizer's stepper at the center. Its place in a learning-rate schedule follows from the
/// commits that are in the center, `commits_a_step` for each step of an undisturbed run: 1 where the
/// schedule is asynchronous, and all workers' in rounds. A round that lacks some of them moves it by
/// less, so that a run in which workers are lost or come later has done the schedule when all rows
/// are trained on, and not before. It is part of a hub's checkpoint.
template <Real S, class P>
struct CenterStepper {
  static constexpr bool separable = Separable<P>;
  P stepper;
  std::uint64_t commits_a_step = 1;
  std::uint64_t commits = 0;  ///< Before the next step.

  void apply(View<S> center, View<S> gradient, int contributors) {
    set_step(stepper, commits / commits_a_step);
    stepper.apply(center, gradient);
    commits += static_cast<std::uint64_t>(contributors);
  }
};

}  // namespace tributary::inline v0_1
