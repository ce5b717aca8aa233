// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/core/separable.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/optimizer/local_optimizer.hpp>
#include <tributary/optimizer/nesterov.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/rule/center_stepper.hpp>
#include <tributary/rule/commit.hpp>
#include <tributary/rule/update_rule.hpp>

namespace tributary::inline v0_1 {

/// One optimizer step in the direction from the center to the mean.
template <Real S, class P>
struct OuterCenter {
  static constexpr bool separable = Separable<P>, replies_center = true, weighs_events = true;
  CenterStepper<S, P> stepper;

  void merge(View<S> center, ConstView<S> mean, MergeInfo info, View<S> reply) {
    reply = center - mean;
    stepper.apply(center, reply, info.contributors);
    reply = center;
  }
};

/// DiLoCo: model averaging in which a round is one step of an outer optimizer. Its gradient Δ is
/// the difference between the center and the workers' mean:
///
///   Δ = θ̃ − mean θ_i;  θ̃ ← outer(θ̃, Δ);  θ_i ← θ̃
///
/// In the mean each model is weighted by the number of events that it was trained on since the last
/// round.
///
/// Douillard et al., arXiv:2311.08105, Algorithm 1. The inner optimizer is the Trainer's, AdamW in
/// the paper; it keeps its state from round to round. With Sgd{.learning_rate = 1} as the outer
/// optimizer the rule equals Averaging, up to rounding:
///
///   DiLoCo{.period = 50}
///   DiLoCo{.outer = Sgd{.learning_rate = 0.7}}
template <class Outer = Nesterov>
struct DiLoCo {
  static constexpr Schedule schedule = Schedule::synchronous;
  int period = 500;  ///< H, local steps between two outer steps.
  int overlap = 0;   ///< Number of these steps taken while the round is in flight.
  Outer outer = Nesterov{.learning_rate = 0.7, .momentum = 0.9};

  template <Real S>
  ParametersWorker<S> make_worker_half(const Vector<S>&, int) const {
    return {};
  }
  template <Real S>
  requires GradientStepper<StepperOf<Outer, S>, S>
  auto make_center_half(const Vector<S>& initial, int workers) const {
    return OuterCenter<S, StepperOf<Outer, S>>{
        {outer.make_stepper(initial), static_cast<std::uint64_t>(workers)}};
  }
  void validate(int) const {
    check_window("DiLoCo", period, overlap);
    outer.validate();
  }
};

}  // namespace tributary::inline v0_1
