// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/rule/commit.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/rule/update_rule.hpp>
#include <vector>

namespace tributary::inline v0_1 {

template <Real S>
struct DistanceCenter {
  static constexpr bool separable = true;
  S gamma;
  std::vector<Vector<S>> received;  ///< One per rank: the center that the worker last received.

  void merge(View<S> center, ConstView<S> progress, MergeInfo info, View<S> reply) {
    Vector<S>& stale = received[static_cast<std::size_t>(info.worker)];
    center.array() += progress.array() / ((center.array() - stale.array()).square() / gamma + S{1});
    stale = center;
    reply = center;
  }
};

/// ADAG with a damped commit. The damping of each parameter depends on the distance that the center
/// has moved since this worker received it, θ̃_i, and not on the number of commits in between:
///
///   θ̃ ← θ̃ + Δ/t ⊙ 1 / ((θ̃ − θ̃_i)² / γ + 1);  θ̃_i ← θ̃
///
/// for a commit of t local steps. t is τ, or less at the end of a worker's rows.
///
/// Hermans, "On Scalable Deep Learning and Parallelizing Gradient Descent", master's thesis,
/// Maastricht University, 2017; the `Experimental` trainer of Distributed Keras.
/// For each worker the center keeps a θ̃_i of the model's size.
struct ParameterDistance {
  static constexpr Schedule schedule = Schedule::asynchronous;
  int period = 5;       ///< τ, local steps between two commits.
  int overlap = 0;      ///< Number of these steps taken while the commit is in flight.
  double gamma = 1e-4;  ///< γ: a commit is halved where the center has moved by √γ.

  template <Real S>
  MeanProgressWorker<S> make_worker_half(const Vector<S>& initial, int) const {
    return {{.anchor = initial, .overlap = overlap, .scale = S{1} / static_cast<S>(period)}};
  }
  template <Real S>
  DistanceCenter<S> make_center_half(const Vector<S>& initial, int workers) const {
    return {static_cast<S>(gamma),
            std::vector<Vector<S>>(static_cast<std::size_t>(workers), initial)};
  }
  void validate(int) const {
    require(period >= 1, "ParameterDistance::period", period, "at least 1");
    check_window("ParameterDistance", period, overlap);
    require(gamma > 0, "ParameterDistance::gamma", gamma, "positive");
  }
};

}  // namespace tributary::inline v0_1
