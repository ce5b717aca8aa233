// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cassert>
#include <tributary/core/kernels.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/optimizer/local_optimizer.hpp>

namespace tributary::inline v0_1 {

template <Real S>
struct AdagradStepper {
  static constexpr bool separable = true;
  S learning_rate, epsilon;
  Vector<S> accumulator;

  void apply(View<S> parameters, View<S> gradient) {
    assert(gradient.size() == parameters.size() && accumulator.size() == parameters.size());
    detail::with_kernels([&](auto kernels) {
      kernels.template adagrad<S>(parameters.size(), parameters.data(), gradient.data(),
                                  accumulator.data(), learning_rate, epsilon);
    });
  }
};

/// a ← a + g²;  x ← x − η g / √(a + ε)  (Duchi, Hazan, Singer, JMLR 12, 2011).
/// If a overflows, in float for gradients from 1e19 on, x becomes NaN and training stops. As in
/// Keras. PyTorch has √a + ε, and begins with a = 0, η = 0.01 and ε = 1e-10.
struct Adagrad {
  double learning_rate = 0.001;      ///< η
  double initial_accumulator = 0.1;  ///< a before the first step.
  double epsilon = 1e-7;             ///< ε, at least 1e-32.

  template <Real S>
  AdagradStepper<S> make_stepper(const Vector<S>& initial) const {
    return {static_cast<S>(learning_rate), static_cast<S>(epsilon),
            Vector<S>::Constant(initial.size(), static_cast<S>(initial_accumulator))};
  }
  void validate() const {
    require(learning_rate > 0, "Adagrad::learning_rate", learning_rate, "positive");
    require(initial_accumulator >= 0, "Adagrad::initial_accumulator", initial_accumulator,
            "zero or positive");
    require(epsilon >= 1e-32, "Adagrad::epsilon", epsilon, "at least 1e-32");
  }
};

}  // namespace tributary::inline v0_1
