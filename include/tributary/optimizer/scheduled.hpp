// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <tributary/core/separable.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/optimizer/learning_rate_schedule.hpp>
#include <tributary/optimizer/local_optimizer.hpp>
#include <utility>

namespace tributary::inline v0_1 {

/// Sets the stepper's learning rate before each step.
template <Real S, Stepper<S> P, RateFactor State>
struct ScheduledStepper {
  static constexpr bool separable = Separable<P>;
  S learning_rate;  ///< The rate that the schedule multiplies.
  P stepper;
  State schedule;
  Vector<S> gradient;       ///< Empty if the stepper takes the gradient itself.
  std::uint64_t steps = 0;  ///< Number of steps before the next one.

  void set_step(std::uint64_t step) {
    steps = step;
    tributary::set_step(stepper, step);
  }

  void apply(View<S> parameters, View<S> gradient_there) requires GradientStepper<P, S> &&
      (!ObservesLoss<State>) {
    set_rate();
    stepper.apply(parameters, gradient_there);
    ++steps;
  }
  template <class Oracle>
  Loss step(View<S> parameters,
            const Oracle& oracle) requires OracleStepper<P, S> || ObservesLoss<State> {
    set_rate();
    const Loss loss = take_step<S>(stepper, parameters, oracle, gradient);
    if constexpr (ObservesLoss<State>) schedule.observe(steps, loss);
    ++steps;
    return loss;
  }

 private:
  void set_rate() {
    stepper.learning_rate = static_cast<S>(learning_rate * schedule.factor(steps));
  }
};

/// An optimizer whose learning rate follows a schedule:
///
///   Scheduled{Adam{.learning_rate = 1e-3}, WarmUp{100, CosineDecay{.steps = 10'000}}}
///
/// The schedule counts batches: a step's index, from 0, is that of its batch among all batches of a
/// worker's share of the rows in all epochs. So it does not depend on the worker that takes the
/// step, even after a worker was lost or a restart. For an optimizer at the center it is the
/// center's step among all of the run: see CenterStepper.
///
/// Works with every optimizer whose stepper has a public learning_rate. This includes another
/// Scheduled; the factors then multiply.
template <class O, class T>
struct Scheduled {
  static_assert(LearningRateSchedule<T>,
                "tributary: argument 2 of Scheduled is not a LearningRateSchedule, "
                "see tributary/optimizer/learning_rate_schedule.hpp");
  O optimizer;
  T schedule;

  template <Real S>
  requires LocalOptimizer<O, S>
  auto make_stepper(const Vector<S>& initial) const {
    using P = StepperOf<O, S>;
    static_assert(
        requires(P stepper) { stepper.learning_rate = S{1}; },
        "tributary: the stepper of Scheduled's optimizer has no public learning_rate.");
    P stepper = optimizer.make_stepper(initial);
    const S learning_rate = stepper.learning_rate;
    return ScheduledStepper<S, P, decltype(start_schedule(schedule))>{
        learning_rate, std::move(stepper), start_schedule(schedule),
        Vector<S>::Zero(OracleStepper<P, S> ? 0 : initial.size())};
  }
  void validate() const {
    optimizer.validate();
    schedule.validate();
  }
};

}  // namespace tributary::inline v0_1
