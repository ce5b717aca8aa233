// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cassert>
#include <tributary/core/kernels.hpp>
#include <tributary/core/kernels/arguments.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/optimizer/local_optimizer.hpp>

namespace tributary::inline v0_1 {

template <Real S>
struct AdadeltaStepper {
  static constexpr bool separable = true;
  S learning_rate, epsilon;
  double rho;
  Vector<S> mean_square, mean_square_step;

  /// Overwrites the gradient with the step.
  void apply(View<S> parameters, View<S> gradient) {
    assert(gradient.size() == parameters.size() && mean_square.size() == parameters.size());
    detail::with_kernels([&](auto kernels) {
      kernels.template adadelta<S>(parameters.size(), parameters.data(), gradient.data(),
                                   mean_square.data(), mean_square_step.data(),
                                   detail::Forgetting<S>{rho}, learning_rate, epsilon);
    });
  }
};

/// v ← ρ v + (1 − ρ) g²;  Δ = −g √(d + ε) / √(v + ε);  d ← ρ d + (1 − ρ) Δ²;  x ← x + η Δ
/// (Zeiler, arXiv:1212.5701, algorithm 1, where η = 1 and ε = 1e-6).
/// As in Keras, whose small η usually has to be raised. PyTorch has η = 1, ρ = 0.9 and ε = 1e-6.
struct Adadelta {
  double learning_rate = 0.001;  ///< η
  double rho = 0.95;             ///< ρ
  double epsilon = 1e-7;         ///< ε, at least 1e-32.

  template <Real S>
  AdadeltaStepper<S> make_stepper(const Vector<S>& initial) const {
    const Vector<S> zero = Vector<S>::Zero(initial.size());
    return {static_cast<S>(learning_rate), static_cast<S>(epsilon), rho, zero, zero};
  }
  void validate() const {
    require(learning_rate > 0, "Adadelta::learning_rate", learning_rate, "positive");
    require(rho >= 0 && rho < 1, "Adadelta::rho", rho, "in [0, 1)");
    require(epsilon >= 1e-32, "Adadelta::epsilon", epsilon, "at least 1e-32");
  }
};

}  // namespace tributary::inline v0_1
