// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <tributary/core/separable.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/optimizer/local_optimizer.hpp>
#include <tributary/rule/center_stepper.hpp>
#include <tributary/rule/commit.hpp>
#include <tributary/rule/update_rule.hpp>

namespace tributary::inline v0_1 {

/// Sums the gradients and commits their mean over events. It stays at the center's parameters, or,
/// if local_learning_rate > 0, continues from them by SGD.
template <Real S>
struct GradientWorker {
  Vector<S> sum = {};       ///< Sum of the gradients since the last commit.
  Vector<S> gradient = {};  ///< The latest gradient, unless it is the first.
  S local_learning_rate = 0;
  int steps = 0;
  std::uint64_t events = 1;  ///< Events of the next batch.
  std::uint64_t unit = 1;    ///< Events of the first batch.
  S weight = 0;              ///< Events of all batches, over `unit`.

  void set_events(std::uint64_t count) { events = std::max<std::uint64_t>(1, count); }
  template <class Oracle>
  Loss step(View<S> parameters, const Oracle& oracle) {
    Vector<S>& latest = steps == 0 ? sum : gradient;
    latest.resize(parameters.size());
    const Loss loss = oracle(parameters, latest);
    if (steps++ == 0) {
      unit = events;
      weight = 1;
    } else {
      const S part = static_cast<S>(events) / static_cast<S>(unit);
      if (events != unit) gradient *= part;
      sum += gradient;
      weight += part;
    }
    if (local_learning_rate > 0) parameters -= local_learning_rate * latest;
    return loss;
  }
  void prepare(ConstView<S>, Vector<S>& commit) {
    if (steps == 0) sum.setZero(commit.size());
    if (steps > 1) sum *= S{1} / weight;
    sum.swap(commit);
    steps = 0;
  }
  bool stays_at_reply() const { return local_learning_rate == 0; }
  void adopt(View<S> parameters, ConstView<S>, ConstView<S> reply) const {
    parameters = reply;
    if (steps > 0 && local_learning_rate > 0) parameters -= local_learning_rate * sum;
  }
};

/// One optimizer step on the mean of the committed gradients, in a round over all its events.
template <Real S, class P>
struct SteppingCenter {
  static constexpr bool separable = Separable<P>, replies_center = true, weighs_events = true;
  CenterStepper<S, P> stepper;

  void merge(View<S> center, ConstView<S> mean, MergeInfo info, View<S> reply) {
    reply = mean;
    stepper.apply(center, reply, info.contributors);
    reply = center;
  }
};

/// Synchronous data-parallel SGD: the optimizer runs at the center and steps by the mean gradient
/// of all events in a round (Chen et al., arXiv:1604.00981, Algorithm 3-4 without backup workers).
/// With one worker it is sequential training, bit for bit. A period of k accumulates k gradients.
/// With overlap the gradients in flight are one round old.
struct SynchronousSgd {
  static constexpr Schedule schedule = Schedule::synchronous;
  int period = 1;   ///< Mini-batches between two steps; the worker computes a gradient for each.
  int overlap = 0;  ///< Number of these taken while the last step is in flight.

  template <Real S>
  GradientWorker<S> make_worker_half(const Vector<S>&, int) const {
    return {};
  }
  template <Real S, LocalOptimizer<S> O>
  auto make_center_half(const Vector<S>& initial, int workers, const O& optimizer) const {
    using P = decltype(optimizer.make_stepper(initial));
    return SteppingCenter<S, P>{
        {optimizer.make_stepper(initial), static_cast<std::uint64_t>(workers)}};
  }
  void validate(int) const { check_window("SynchronousSgd", period, overlap); }
};

}  // namespace tributary::inline v0_1
