// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <tributary/core/vector.hpp>
#include <utility>

namespace tributary::inline v0_1 {

/// Archetype of what step() receives: loss and gradient of one batch at any point it likes.
template <Real S>
struct GradientOracle {
  Loss operator()(ConstView<S> at, View<S> gradient) const;
};

/// Moves the parameters by a gradient that was taken where they are; may overwrite the gradient.
/// This is what an optimizer must do to serve at the center (SynchronousSgd, DiLoCo).
template <class P, class S>
concept GradientStepper = requires(P part, View<S> parameters, View<S> gradient) {
  { part.apply(parameters, gradient) } -> std::same_as<void>;
};

/// Takes the gradient itself, where it likes; returns the loss it saw.
template <class P, class S>
concept OracleStepper = requires(P part, View<S> parameters, const GradientOracle<S>& oracle) {
  { part.step(parameters, oracle) } -> std::same_as<Loss>;
};

/// What changes while one worker trains: one step on one batch, in either form.
template <class P, class S>
concept Stepper = OracleStepper<P, S> || GradientStepper<P, S>;

/// A stepper that depends on where in the work a step is, as a Scheduled one does: before each step
/// it is told. A wrapper of a stepper that wants to know passes it on, by set_step() below.
template <class P>
concept FollowsSteps = requires(P stepper, std::uint64_t step) {
  { stepper.set_step(step) } -> std::same_as<void>;
};

/// The next step is this one, from 0, of all steps of the share of the rows that its batch is from;
/// at the center, of all its steps.
template <class P>
void set_step(P& stepper, std::uint64_t step) {
  if constexpr (FollowsSteps<P>) stepper.set_step(step);
}

/// The settings of a worker's local optimizer, which make its stepper for vectors like `initial`.
template <class O, class S>
concept LocalOptimizer = Real<S> && std::copyable<O> &&
    requires(const O optimizer, const Vector<S>& initial) {
  { optimizer.make_stepper(initial) } -> Stepper<S>;
  { optimizer.validate() } -> std::same_as<void>;  // throws std::invalid_argument
};

template <class O, class S>
using StepperOf = decltype(std::declval<const O&>().make_stepper(std::declval<const Vector<S>&>()));

/// One step of any stepper; returns the loss. `gradient` is scratch of the parameters' size.
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
