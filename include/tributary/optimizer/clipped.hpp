// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <tributary/core/separable.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/optimizer/local_optimizer.hpp>
#include <tuple>
#include <utility>

namespace tributary::inline v0_1 {

/// Clipping of a gradient: see ClipNorm and ClipValue.
template <class C, class S>
concept GradientClip = std::copyable<C> && requires(const C clip, View<S> gradient) {
  { clip.clip(gradient) } -> std::same_as<void>;  // in place
  { clip.validate() } -> std::same_as<void>;      // throws std::invalid_argument
};

/// The stepper P with all its members. It sees only clipped gradients g.
template <Real S, Stepper<S> P, GradientClip<S> C>
struct ClippedStepper : P {
  static constexpr bool separable = Separable<P> && Separable<C>;
  C clipping;

  auto fields() { return std::tie(static_cast<P&>(*this), clipping); }
  auto fields() const { return std::tie(static_cast<const P&>(*this), clipping); }

  void apply(View<S> x, View<S> g) requires GradientStepper<P, S> {
    clipping.clip(g);
    P::apply(x, g);
  }
  template <class Oracle>
  Loss step(View<S> x, const Oracle& oracle) requires OracleStepper<P, S> {
    return P::step(x, [&](ConstView<S> at, View<S> g) {
      const Loss loss = oracle(at, g);
      clipping.clip(g);
      return loss;
    });
  }
};

/// An optimizer with clipped gradients:
///
///   Clipped{Sgd{}, ClipNorm{.max = 1.0}}
template <class O, class C>
struct Clipped {
  O optimizer;
  C clipping;

  template <Real S>
  requires LocalOptimizer<O, S> && GradientClip<C, S>
  auto make_stepper(const Vector<S>& initial) const {
    return ClippedStepper<S, StepperOf<O, S>, C>{optimizer.make_stepper(initial), clipping};
  }
  void validate() const {
    optimizer.validate();
    clipping.validate();
  }
};

}  // namespace tributary::inline v0_1
