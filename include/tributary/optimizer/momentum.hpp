// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/optimizer/detail/blockwise.hpp>
#include <tributary/optimizer/local_optimizer.hpp>

namespace tributary::inline v0_1 {

template <Real S>
struct MomentumStepper {
  static constexpr bool separable = true;
  S learning_rate, momentum;
  Vector<S> velocity;

  void apply(View<S> parameters, View<S> gradient) {
    detail::blockwise(
        [&](auto x, auto g, auto v) {
          v = momentum * v - learning_rate * g;
          x += v;
        },
        parameters, gradient, velocity);
  }
};

/// v ← μ v − η g;  x ← x + v  (Polyak 1964).
/// Keras' SGD with momentum. PyTorch has v ← μ v + g;  x ← x − η v, which is the same for constant
/// η.
struct Momentum {
  double learning_rate = 0.01;  ///< η
  double momentum = 0.9;        ///< μ

  template <Real S>
  MomentumStepper<S> make_stepper(const Vector<S>& initial) const {
    return {static_cast<S>(learning_rate), static_cast<S>(momentum),
            Vector<S>::Zero(initial.size())};
  }
  void validate() const {
    require(learning_rate > 0, "Momentum::learning_rate", learning_rate, "positive");
    require(momentum >= 0 && momentum < 1, "Momentum::momentum", momentum, "in [0, 1)");
  }
};

}  // namespace tributary::inline v0_1
