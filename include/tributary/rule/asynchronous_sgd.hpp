// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/rule/synchronous_sgd.hpp>

namespace tributary::inline v0_1 {

/// Asynchronous SGD: the optimizer works at the center, on each gradient as it arrives.
/// Dean et al., "Large Scale Distributed Deep Networks", NIPS 2012, section 4.1: with Adagrad as
/// the optimizer and period = n_push = n_fetch it is their DOWNPOUR SGD with Adagrad.
///
/// They commit the sum of a period's gradients, here it is the mean: a learning rate then means the
/// same at any period. To Adagrad, which divides by the gradients' size, sum and mean are the same
/// but for initial_accumulator and epsilon.
struct AsynchronousSgd {
  static constexpr Schedule schedule = Schedule::asynchronous;
  int period = 1;   ///< Mini-batches a worker takes the gradient of between two commits.
  int overlap = 0;  ///< Of which while the commit is in flight.
  /// Of plain SGD steps in between, as in their Algorithm 1 (appendix); 0: the worker takes all
  /// gradients of a period where the center was. The center sees the gradients only.
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
static_assert(UpdateRule<AsynchronousSgd, float> && UpdateRule<AsynchronousSgd, double>);

}  // namespace tributary::inline v0_1
