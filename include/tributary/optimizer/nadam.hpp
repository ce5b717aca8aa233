// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cassert>
#include <cmath>
#include <tributary/core/kernels.hpp>
#include <tributary/core/kernels/arguments.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/optimizer/local_optimizer.hpp>

namespace tributary::inline v0_1 {

template <Real S>
struct NadamStepper {
  static constexpr bool separable = true;
  S learning_rate, epsilon;
  double beta_1, beta_2;
  Vector<S> mean, mean_square;
  double beta_2_power = 1;    ///< β₂ᵗ after t steps.
  double schedule_power = 1;  ///< 0.96ᵗ
  double product = 1;         ///< μ₁ ⋯ μₜ

  void apply(View<S> parameters, View<S> gradient) {
    beta_2_power *= beta_2;
    schedule_power *= 0.96;
    const double now = beta_1 * (1 - 0.5 * schedule_power);
    const double next = beta_1 * (1 - 0.5 * 0.96 * schedule_power);
    product *= now;
    // √(1 − β₂ᵗ) is moved from the root of v̂ into the rate and ε.
    const double correction = std::sqrt(1 - beta_2_power);
    const S mean_rate = static_cast<S>(learning_rate * correction * next / (1 - product * next));
    const S gradient_rate = static_cast<S>(learning_rate * correction * (1 - now) / (1 - product));
    const S offset = static_cast<S>(epsilon * correction);
    assert(gradient.size() == parameters.size() && mean.size() == parameters.size());
    detail::with_kernels([&](auto kernels) {
      kernels.template adam<S>(parameters.size(), parameters.data(), gradient.data(), mean.data(),
                               mean_square.data(), detail::Forgetting<S>{beta_1},
                               detail::Forgetting<S>{beta_2}, S{0}, mean_rate, gradient_rate,
                               offset);
    });
  }
};

/// Adam with Nesterov's look-ahead and a momentum that grows to β₁ (Dozat, ICLR workshop 2016):
/// m ← β₁ m + (1 − β₁) g;  v ← β₂ v + (1 − β₂) g²;  μₜ = β₁ (1 − 0.96ᵗ / 2);
/// m̂ = μₜ₊₁ m / (1 − μ₁ ⋯ μₜ₊₁) + (1 − μₜ) g / (1 − μ₁ ⋯ μₜ);  v̂ = v / (1 − β₂ᵗ);
/// x ← x − η m̂ / (√v̂ + ε),  t = 1, 2, …
/// As in Keras. Dozat and PyTorch have 0.96^(0.004 t), a much slower growth; PyTorch has η = 0.002
/// and ε = 1e-8.
struct Nadam {
  double learning_rate = 0.001;  ///< η
  double beta_1 = 0.9;           ///< β₁
  double beta_2 = 0.999;         ///< β₂
  double epsilon = 1e-7;         ///< ε, at least 1e-16, so that ε² fits into float.

  template <Real S>
  NadamStepper<S> make_stepper(const Vector<S>& initial) const {
    const Vector<S> zero = Vector<S>::Zero(initial.size());
    return {static_cast<S>(learning_rate), static_cast<S>(epsilon), beta_1, beta_2, zero, zero};
  }
  void validate() const {
    require(learning_rate > 0, "Nadam::learning_rate", learning_rate, "positive");
    require(beta_1 >= 0 && beta_1 < 1, "Nadam::beta_1", beta_1, "in [0, 1)");
    require(beta_2 >= 0 && beta_2 < 1, "Nadam::beta_2", beta_2, "in [0, 1)");
    require(epsilon >= 1e-16, "Nadam::epsilon", epsilon, "at least 1e-16");
  }
};

}  // namespace tributary::inline v0_1
