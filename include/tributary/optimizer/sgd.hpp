// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/optimizer/local_optimizer.hpp>

namespace tributary::inline v0_1 {

template <Real S>
struct SgdStepper {
  static constexpr bool separable = true;
  S learning_rate;

  void apply(View<S> parameters, View<S> gradient) const { parameters -= learning_rate * gradient; }
};

/// x ← x − η g.
struct Sgd {
  double learning_rate = 0.01;  ///< η

  template <Real S>
  SgdStepper<S> make_stepper(const Vector<S>&) const {
    return {static_cast<S>(learning_rate)};
  }
  void validate() const {
    require(learning_rate > 0, "Sgd::learning_rate", learning_rate, "positive");
  }
};

}  // namespace tributary::inline v0_1
