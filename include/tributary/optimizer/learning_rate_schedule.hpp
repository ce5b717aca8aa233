// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <tributary/core/vector.hpp>

namespace tributary::inline v0_1 {

/// Says by what the learning rate is multiplied at a step; the first step is 0.
template <class T>
concept RateFactor = requires(const T schedule, std::uint64_t step) {
  { schedule.factor(step) } -> std::convertible_to<double>;
};

/// One that also learns the loss of each step, after the step.
template <class T>
concept ObservesLoss = RateFactor<T> && requires(T state, std::uint64_t step, Loss loss) {
  { state.observe(step, loss) } -> std::same_as<void>;
};

// clang-format off
/// How the learning rate changes while an optimizer works, as a factor on what the optimizer was
/// given. Most are a function of the step and nothing else:
///
///   struct InverseRoot {
///     double factor(std::uint64_t step) const { return 1 / std::sqrt(1.0 + step); }
///     void validate() const {}
///   };
///
/// One that has to remember something makes a state for each run instead: see Plateau.
template <class T>
concept LearningRateSchedule = std::copyable<T> &&
    (RateFactor<T> || requires(const T schedule) { { schedule.make_state() } -> RateFactor; }) &&
    requires(const T schedule) {
  { schedule.validate() } -> std::same_as<void>;  // throws std::invalid_argument
};
// clang-format on

/// What runs: the state that a schedule makes, or the schedule itself if it needs none.
template <LearningRateSchedule T>
auto start_schedule(const T& schedule) {
  if constexpr (RateFactor<T>) {
    return schedule;
  } else {
    return schedule.make_state();
  }
}

}  // namespace tributary::inline v0_1
