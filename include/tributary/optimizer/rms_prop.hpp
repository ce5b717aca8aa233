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
struct RmsPropStepper {
  static constexpr bool separable = true;
  S learning_rate, epsilon;
  double rho;
  Vector<S> mean_square;

  void apply(View<S> parameters, View<S> gradient) {
    assert(gradient.size() == parameters.size() && mean_square.size() == parameters.size());
    detail::with_kernels([&](auto kernels) {
      kernels.template rms_prop<S>(parameters.size(), parameters.data(), gradient.data(),
                                   mean_square.data(), detail::Forgetting<S>{rho}, learning_rate,
                                   epsilon);
    });
  }
};

/// v ← ρ v + (1 − ρ) g²;  x ← x − η g / √(v + ε)  (Tieleman, Hinton, Coursera lecture 6.5, 2012).
/// As in Keras. PyTorch has √v + ε, and η = 0.01, ρ = 0.99 (its alpha) and ε = 1e-8.
struct RmsProp {
  double learning_rate = 0.001;  ///< η
  double rho = 0.9;              ///< ρ
  double epsilon = 1e-7;         ///< ε, at least 1e-32.

  template <Real S>
  RmsPropStepper<S> make_stepper(const Vector<S>& initial) const {
    return {static_cast<S>(learning_rate), static_cast<S>(epsilon), rho,
            Vector<S>::Zero(initial.size())};
  }
  void validate() const {
    require(learning_rate > 0, "RmsProp::learning_rate", learning_rate, "positive");
    require(rho >= 0 && rho < 1, "RmsProp::rho", rho, "in [0, 1)");
    require(epsilon >= 1e-32, "RmsProp::epsilon", epsilon, "at least 1e-32");
  }
};

}  // namespace tributary::inline v0_1
