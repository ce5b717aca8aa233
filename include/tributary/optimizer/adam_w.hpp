// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/optimizer/adam.hpp>
#include <tributary/optimizer/local_optimizer.hpp>

namespace tributary::inline v0_1 {

/// Adam with x ← x − η λ x in the same step, for the x before it: the decay does not pass through
/// the moments (Loshchilov, Hutter, arXiv:1711.05101, algorithm 2). Every parameter decays. As in
/// Keras and PyTorch, λ is multiplied by the learning rate. The paper multiplies it by the
/// schedule's factor only. PyTorch has λ = 0.01.
struct AdamW {
  double learning_rate = 0.001;  ///< η
  double beta_1 = 0.9;           ///< β₁
  double beta_2 = 0.999;         ///< β₂
  double epsilon = 1e-7;         ///< ε, at least 1e-16, so that ε² fits into float.
  double weight_decay = 0.004;   ///< λ

  template <Real S>
  AdamStepper<S> make_stepper(const Vector<S>& initial) const {
    const Vector<S> zero = Vector<S>::Zero(initial.size());
    return {static_cast<S>(learning_rate),
            static_cast<S>(epsilon),
            beta_1,
            beta_2,
            weight_decay,
            zero,
            zero};
  }
  void validate() const {
    require(learning_rate > 0, "AdamW::learning_rate", learning_rate, "positive");
    require(beta_1 >= 0 && beta_1 < 1, "AdamW::beta_1", beta_1, "in [0, 1)");
    require(beta_2 >= 0 && beta_2 < 1, "AdamW::beta_2", beta_2, "in [0, 1)");
    require(epsilon >= 1e-16, "AdamW::epsilon", epsilon, "at least 1e-16");
    require(weight_decay >= 0, "AdamW::weight_decay", weight_decay, "zero or positive");
  }
};

}  // namespace tributary::inline v0_1
