// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/core/kernels.hpp>
#include <tributary/core/kernels/arguments.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/optimizer/detail/blockwise.hpp>
#include <tributary/optimizer/local_optimizer.hpp>

namespace tributary::inline v0_1 {

template <Real S>
struct AdamaxStepper {
  static constexpr bool separable = true;
  S learning_rate, epsilon;
  double beta_1, beta_2;
  Vector<S> mean, norm;
  double beta_1_power = 1;  ///< β₁ᵗ after t steps.

  void apply(View<S> parameters, View<S> gradient) {
    beta_1_power *= beta_1;
    const detail::Forgetting<S> mean_of{beta_1};
    const S kept = static_cast<S>(beta_2);
    // For every u, the reciprocal of u / 8 is not denormal, so it is not flushed to 0.
    constexpr S eighth = S(0.125);
    const S rate = static_cast<S>(learning_rate / (1 - beta_1_power)) * eighth;
    detail::blockwise(
        [&](auto x, auto g, auto m, auto u) {
          m = (mean_of.factor * m + mean_of.whole * m) + mean_of.gain * g;
          u = (kept * u).max(g.abs());
          x -= rate * m / (eighth * u + eighth * epsilon);
        },
        parameters, gradient, mean, norm);
  }
};

/// m ← β₁ m + (1 − β₁) g;  u ← max(β₂ u, |g|);  x ← x − η / (1 − β₁ᵗ) · m / (u + ε),  t = 1, 2, …
/// (Kingma, Ba, arXiv:1412.6980, algorithm 2, where η = 0.002 and there is no ε). As in Keras.
/// PyTorch has u ← max(β₂ u, |g| + ε), and η = 0.002 and ε = 1e-8.
struct Adamax {
  double learning_rate = 0.001;  ///< η
  double beta_1 = 0.9;           ///< β₁
  double beta_2 = 0.999;         ///< β₂
  double epsilon = 1e-7;         ///< ε, at least 1e-32.

  template <Real S>
  AdamaxStepper<S> make_stepper(const Vector<S>& initial) const {
    const Vector<S> zero = Vector<S>::Zero(initial.size());
    return {static_cast<S>(learning_rate), static_cast<S>(epsilon), beta_1, beta_2, zero, zero};
  }
  void validate() const {
    require(learning_rate > 0, "Adamax::learning_rate", learning_rate, "positive");
    require(beta_1 >= 0 && beta_1 < 1, "Adamax::beta_1", beta_1, "in [0, 1)");
    require(beta_2 >= 0 && beta_2 < 1, "Adamax::beta_2", beta_2, "in [0, 1)");
    require(epsilon >= 1e-32, "Adamax::epsilon", epsilon, "at least 1e-32");
  }
};

}  // namespace tributary::inline v0_1
