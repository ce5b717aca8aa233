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

/// State of Adam and AdamW.
template <Real S>
struct AdamStepper {
  static constexpr bool separable = true;
  S learning_rate, epsilon;
  double beta_1, beta_2, weight_decay;
  Vector<S> mean, mean_square;
  double beta_1_power = 1, beta_2_power = 1;  ///< βᵗ after t steps.

  void apply(View<S> parameters, View<S> gradient) {
    beta_1_power *= beta_1;
    beta_2_power *= beta_2;
    const S rate = static_cast<S>(learning_rate * std::sqrt(1 - beta_2_power) / (1 - beta_1_power));
    const S decay = static_cast<S>(learning_rate * weight_decay);
    assert(gradient.size() == parameters.size() && mean.size() == parameters.size());
    detail::with_kernels([&](auto kernels) {
      kernels.template adam<S>(parameters.size(), parameters.data(), gradient.data(), mean.data(),
                               mean_square.data(), detail::Forgetting<S>{beta_1},
                               detail::Forgetting<S>{beta_2}, decay, rate, S{0}, epsilon);
    });
  }
};

/// m ← β₁ m + (1 − β₁) g;  v ← β₂ v + (1 − β₂) g²;
/// x ← x − η √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε),  t = 1, 2, …
/// (Kingma, Ba, arXiv:1412.6980, end of section 2, where this ε is called ε̂). As in Keras.
/// A gradient whose square overflows, in float from 1.8e19 on, is treated as the largest whose
/// square does not.
/// Algorithm 1 of the paper and PyTorch add ε to √(v / (1 − β₂ᵗ)) instead, with ε = 1e-8.
struct Adam {
  double learning_rate = 0.001;  ///< η
  double beta_1 = 0.9;           ///< β₁
  double beta_2 = 0.999;         ///< β₂
  double epsilon = 1e-7;         ///< ε, at least 1e-16, so that ε² fits into float.

  template <Real S>
  AdamStepper<S> make_stepper(const Vector<S>& initial) const {
    const Vector<S> zero = Vector<S>::Zero(initial.size());
    return {static_cast<S>(learning_rate), static_cast<S>(epsilon), beta_1, beta_2, 0, zero, zero};
  }
  void validate() const {
    require(learning_rate > 0, "Adam::learning_rate", learning_rate, "positive");
    require(beta_1 >= 0 && beta_1 < 1, "Adam::beta_1", beta_1, "in [0, 1)");
    require(beta_2 >= 0 && beta_2 < 1, "Adam::beta_2", beta_2, "in [0, 1)");
    require(epsilon >= 1e-16, "Adam::epsilon", epsilon, "at least 1e-16");
  }
};

}  // namespace tributary::inline v0_1
