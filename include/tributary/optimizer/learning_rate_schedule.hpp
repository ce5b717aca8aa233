// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <tributary/core/vector.hpp>

namespace tributary::inline v0_1 {

/// A function from the step, counted from 0, to a factor on the learning rate.
template <class T>
concept RateFactor = requires(const T schedule, std::uint64_t step) {
  { schedule.factor(step) } -> std::convertible_to<double>;
};

/// A factor that depends also on the losses: it receives each one after the step.
template <class T>
concept ObservesLoss = RateFactor<T> && requires(T state, std::uint64_t step, Loss loss) {
  { state.observe(step, loss) } -> std::same_as<void>;
};

// clang-format off
/// The change of the learning rate during training, as a factor on the optimizer's own. Most
/// schedules depend on the step only:
///
///   struct InverseRoot {
///     double factor(std::uint64_t step) const { return 1 / std::sqrt(1.0 + step); }
///     void validate() const {}
///   };
///
/// A schedule with memory makes a state for each run instead: see Plateau.
template <class T>
concept LearningRateSchedule = std::copyable<T> &&
    (RateFactor<T> || requires(const T schedule) { { schedule.make_state() } -> RateFactor; }) &&
    requires(const T schedule) {
  { schedule.validate() } -> std::same_as<void>;  // throws std::invalid_argument
};
// clang-format on

/// The state that a schedule makes, or the schedule itself if it has none.
template <LearningRateSchedule T>
auto start_schedule(const T& schedule) {
  if constexpr (RateFactor<T>) {
    return schedule;
  } else {
    return schedule.make_state();
  }
}

}  // namespace tributary::inline v0_1
