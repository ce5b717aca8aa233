// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <tributary/core/vector.hpp>
#include <utility>

namespace tributary::inline v0_1 {

/// Archetype of the argument of step(): loss and gradient of one batch at any point.
template <Real S>
struct GradientOracle {
  Loss operator()(ConstView<S> at, View<S> gradient) const;
};

/// Moves the parameters by a gradient taken at their value; may overwrite the gradient. An
/// optimizer at the center (SynchronousSgd, DiLoCo) must have this form.
template <class P, class S>
concept GradientStepper = requires(P part, View<S> parameters, View<S> gradient) {
  { part.apply(parameters, gradient) } -> std::same_as<void>;
};

/// Takes the gradient itself, at a point of its choice, and returns the loss there.
template <class P, class S>
concept OracleStepper = requires(P part, View<S> parameters, const GradientOracle<S>& oracle) {
  { part.step(parameters, oracle) } -> std::same_as<Loss>;
};

/// The state of a worker's optimizer: makes one step on one batch, in either form.
template <class P, class S>
concept Stepper = OracleStepper<P, S> || GradientStepper<P, S>;

/// A stepper that depends on the index of the step, like that of Scheduled. It receives the index
/// before each step. A wrapper of a stepper passes it on by set_step() below.
template <class P>
concept FollowsSteps = requires(P stepper, std::uint64_t step) {
  { stepper.set_step(step) } -> std::same_as<void>;
};

/// Sets the index of the next step, from 0. It counts all steps of the share of the rows that the
/// batch is from; at the center, all its steps.
template <class P>
void set_step(P& stepper, std::uint64_t step) {
  if constexpr (FollowsSteps<P>) stepper.set_step(step);
}

/// The settings of a worker's local optimizer, which make a stepper for vectors like `initial`.
template <class O, class S>
concept LocalOptimizer = Real<S> && std::copyable<O> &&
    requires(const O optimizer, const Vector<S>& initial) {
  { optimizer.make_stepper(initial) } -> Stepper<S>;
  { optimizer.validate() } -> std::same_as<void>;  // throws std::invalid_argument
};

template <class O, class S>
using StepperOf = decltype(std::declval<const O&>().make_stepper(std::declval<const Vector<S>&>()));

/// Makes one step of any stepper and returns the loss. `gradient` is scratch of the parameters'
/// size.
template <Real S, Stepper<S> P, class Oracle>
Loss take_step(P& stepper, View<S> parameters, const Oracle& oracle, View<S> gradient) {
  if constexpr (OracleStepper<P, S>) {
    return stepper.step(parameters, oracle);
  } else {
    const Loss loss = oracle(parameters, gradient);
    stepper.apply(parameters, gradient);
    return loss;
  }
}

}  // namespace tributary::inline v0_1
