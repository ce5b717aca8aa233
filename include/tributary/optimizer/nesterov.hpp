// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/optimizer/detail/blockwise.hpp>
#include <tributary/optimizer/local_optimizer.hpp>

namespace tributary::inline v0_1 {

template <Real S>
struct NesterovStepper {
  static constexpr bool separable = true;
  S learning_rate, momentum;
  Vector<S> velocity, ahead, gradient;

  template <class Oracle>
  Loss step(View<S> parameters, const Oracle& oracle) {
    ahead = parameters + momentum * velocity;
    const Loss loss = oracle(ahead, gradient);
    detail::blockwise(
        [&](auto x, auto g, auto v) {
          v = momentum * v - learning_rate * g;
          x += v;
        },
        parameters, gradient, velocity);
    return loss;
  }
  /// The same trajectory in terms of y = x + μ v, for a gradient that is only known at y (Keras and
  /// PyTorch; Bengio et al., arXiv:1212.0901, eq. 7): y ← y + μ² v − (1 + μ) η g.
  void apply(View<S> parameters, View<S> gradient_there) {
    detail::blockwise(
        [&](auto y, auto g, auto v) {
          v = momentum * v - learning_rate * g;
          y += momentum * v - learning_rate * g;
        },
        parameters, gradient_there, velocity);
  }
};

/// v ← μ v − η g(x + μ v);  x ← x + v.
/// The gradient is taken ahead of x (Sutskever et al., ICML 2013, eq. 3-4).
struct Nesterov {
  double learning_rate = 0.01;  ///< η
  double momentum = 0.9;        ///< μ

  template <Real S>
  NesterovStepper<S> make_stepper(const Vector<S>& initial) const {
    const Vector<S> zero = Vector<S>::Zero(initial.size());
    return {static_cast<S>(learning_rate), static_cast<S>(momentum), zero, zero, zero};
  }
  void validate() const {
    require(learning_rate > 0, "Nesterov::learning_rate", learning_rate, "positive");
    require(momentum >= 0 && momentum < 1, "Nesterov::momentum", momentum, "in [0, 1)");
  }
};

}  // namespace tributary::inline v0_1
