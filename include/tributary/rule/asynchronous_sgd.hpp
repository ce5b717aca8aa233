// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/optimizer/local_optimizer.hpp>
#include <tributary/rule/commit.hpp>
#include <tributary/rule/synchronous_sgd.hpp>
#include <tributary/rule/update_rule.hpp>

namespace tributary::inline v0_1 {

/// Asynchronous SGD: the optimizer runs at the center and takes a step for each gradient that
/// arrives.
/// Dean et al., "Large Scale Distributed Deep Networks", NIPS 2012, section 4.1. With Adagrad as
/// the optimizer and period = n_push = n_fetch this is their DOWNPOUR SGD with Adagrad.
///
/// The paper commits the sum of a period's gradients. Here a commit is their mean, so that a
/// learning rate has the same meaning for every period. Adagrad divides by the size of the
/// gradients; with it, sum and mean differ only by the effect of initial_accumulator and epsilon.
struct AsynchronousSgd {
  static constexpr Schedule schedule = Schedule::asynchronous;
  int period = 1;   ///< Mini-batches between two commits; the worker computes a gradient for each.
  int overlap = 0;  ///< Number of these taken while the commit is in flight.
  /// Learning rate of plain SGD steps between two commits, as in the paper's Algorithm 1
  /// (appendix). With 0 the worker computes all gradients of a period at the center that it
  /// received. In both cases the center sees only the gradients.
  double local_learning_rate = 0;

  template <Real S>
  GradientWorker<S> make_worker_half(const Vector<S>&, int) const {
    return {.local_learning_rate = static_cast<S>(local_learning_rate)};
  }
  template <Real S, LocalOptimizer<S> O>
  auto make_center_half(const Vector<S>& initial, int, const O& optimizer) const {
    using P = decltype(optimizer.make_stepper(initial));
    return SteppingCenter<S, P>{{optimizer.make_stepper(initial)}};
  }
  void validate(int) const {
    check_window("AsynchronousSgd", period, overlap);
    require(local_learning_rate >= 0, "AsynchronousSgd::local_learning_rate", local_learning_rate,
            "zero or positive");
  }
};

}  // namespace tributary::inline v0_1
