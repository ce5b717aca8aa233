// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/optimizer/nesterov.hpp>
#include <tributary/rule/commit.hpp>
#include <tributary/rule/easgd.hpp>
#include <tributary/rule/moving_rate.hpp>
#include <tributary/rule/update_rule.hpp>

namespace tributary::inline v0_1 {

/// EASGD with Nesterov's momentum in the local steps (arXiv:1412.6651, Algorithm 2):
///   v ← δ v − η g(θ_i + δ v);  θ_i ← θ_i + v.
struct Eamsgd {
  static constexpr Schedule schedule = Schedule::asynchronous;
  double learning_rate = 0.01;  ///< η
  double momentum = 0.9;        ///< δ
  MovingRate moving_rate = MovingRate::beta(0.9);
  int period = 10;  ///< τ, local steps between two exchanges.
  int overlap = 1;  ///< Number of these steps taken while the exchange is in flight.

  Nesterov local_optimizer() const { return {learning_rate, momentum}; }
  template <Real S>
  ElasticWorker<S> make_worker_half(const Vector<S>&, int workers) const {
    return {moving_rate, static_cast<S>(moving_rate.of(workers))};
  }
  template <Real S>
  ElasticCenter<S> make_center_half(const Vector<S>&, int) const {
    return {moving_rate};
  }
  void validate(int workers) const {
    check_window("Eamsgd", period, overlap);
    require(learning_rate > 0, "Eamsgd::learning_rate", learning_rate, "positive");
    require(momentum >= 0 && momentum < 1, "Eamsgd::momentum", momentum, "in [0, 1)");
    moving_rate.validate(workers);
  }
};

}  // namespace tributary::inline v0_1
