// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <concepts>
#include <tributary/core/random.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/model/detail/initialize.hpp>
#include <tributary/model/shape.hpp>

namespace tributary::inline v0_1 {

/// A layer is settings: an aggregate without a scalar, copied into the model, that makes its
/// working part for the model's scalar and for what reaches it, a number of inputs or their Shape:
///
///   template <Real S, Index Inputs> MyPart<S, Inputs> make_part() const;
///
/// An activation needs none of this, see Elementwise. Where the first layer of a net stands, it
/// must say its own width: `static constexpr Index inputs`.
template <class L>
concept FixesInputs = requires {
  { L::inputs } -> std::convertible_to<Index>;
};

/// A function of each number by itself: the activations. With x and y arrays (Eigen::Array or an
/// expression of such), y = value(x), and derivative(x, y) = dy/dx. A whole one:
///
///   struct Softsign {
///     auto value(const auto& x) const { return x / (1 + abs(x)); }
///     auto derivative(const auto& x, const auto&) const { return 1 / square(1 + abs(x)); }
///   };
///
/// They return expressions: let no local array go into one.
template <class A>
concept Elementwise = std::copyable<A> && requires(const A activation, const Eigen::ArrayXd& x) {
  activation.value(x);
  activation.derivative(x, x);
};

/// What a working part is handed: the numbers of an event lie in one piece, outerStride() of them
/// from one event to the next.
template <Real S>
using Block = Eigen::Map<Matrix<S>, Eigen::Unaligned, Eigen::OuterStride<>>;
template <Real S>
using ConstBlock = Eigen::Map<const Matrix<S>, Eigen::Unaligned, Eigen::OuterStride<>>;

/// The working part of a layer. x is inputs × events, y = forward(x) is outputs × events, dx and dy
/// are the derivatives of the loss by them; `outputs` may be a number or a Shape. p points to this
/// part's parameter_count parameters and dp to their derivatives. Every function overwrites what it
/// writes.
///
/// Where parameter_count > 0 it has to have
///   void initialize(S* p, Rng&) const;
///   Loss gradient(const S* p, x, dy, S* dp);  // returns the penalty, adds its slope to dp
/// and it may have
///   void forward_training(const S* p, x, y);  // what training does otherwise than forward()
///   void reseed(Seed);                        // where that is random
///   void add_gradient(const S* p, x, dy, S* dp);  // adds to dp, no penalty
///   void observe(const S* p, x, y);           // forward_training() that also keeps statistics,
///   void calibrate(S* p);                     // which this sets and forgets, see Calibrates
///
/// A part that learns nothing from a batch of one event has a `static constexpr Index least_events`.
///
/// If each part with parameters has add_gradient(), large batches come in chunks that stay in the
/// cache. For a batch gradient() is called before propagate().
///
/// forward() is the one also for single events: it must take fixed-size x and y too, and neither
/// throw nor allocate then.
template <class P, class S>
concept LayerPart = std::copyable<P> && Real<S> &&
    requires(const P part, P training, const S* p, ConstBlock<S> x, ConstBlock<S> y, Block<S> out) {
  { P::outputs } -> std::convertible_to<Index>;
  { P::parameter_count } -> std::convertible_to<Index>;
  part.forward(p, x, out);
  training.propagate(p, x, y, y, out);  // (p, x, y, dy) to dx
} &&(P::parameter_count == 0 ||
     ((detail::Initializes<P, S*> || detail::Initialises<P, S*>)&&requires(P training, const S* p,
                                                                           S* dp, ConstBlock<S> x) {
       { training.gradient(p, x, x, dp) } -> std::convertible_to<Loss>;
     }));

template <Elementwise A, Shape Inputs>
struct ElementwisePart {
  static constexpr Shape outputs = Inputs;
  static constexpr Index parameter_count = 0;
  A activation;

  void forward(const auto*, const auto& x, auto& y) const {
    y.array() = activation.value(x.array());
  }
  void propagate(const auto*, const auto& x, const auto& y, const auto& dy, auto& dx) const {
    dx.array() = dy.array() * activation.derivative(x.array(), y.array());
  }
};

}  // namespace tributary::inline v0_1
