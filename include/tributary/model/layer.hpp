// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <concepts>
#include <tributary/core/random.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/model/detail/initialize.hpp>
#include <tributary/model/shape.hpp>

namespace tributary::inline v0_1 {

/// A layer holds settings: an aggregate without a scalar, copied into the model. It makes its
/// working part for the model's scalar and for its input, given as a number of inputs or a Shape:
///
///   template <Real S, Index Inputs> MyPart<S, Inputs> make_part() const;
///
/// An activation does not need make_part(), see Elementwise. A layer that can be the first of a net
/// must declare its width: `static constexpr Index inputs`.
template <class L>
concept FixesInputs = requires {
  { L::inputs } -> std::convertible_to<Index>;
};

/// An elementwise function: the activations. With x and y arrays (Eigen::Array or an expression of
/// them), y = value(x) and derivative(x, y) = dy/dx. A complete one:
///
///   struct Softsign {
///     auto value(const auto& x) const { return x / (1 + abs(x)); }
///     auto derivative(const auto& x, const auto&) const { return 1 / square(1 + abs(x)); }
///   };
///
/// They return expressions, which must not refer to local arrays.
template <class A>
concept Elementwise = std::copyable<A> && requires(const A activation, const Eigen::ArrayXd& x) {
  activation.value(x);
  activation.derivative(x, x);
};

/// Arguments of a working part: the values of an event are contiguous, and events are outerStride()
/// values apart.
template <Real S>
using Block = Eigen::Map<Matrix<S>, Eigen::Unaligned, Eigen::OuterStride<>>;
template <Real S>
using ConstBlock = Eigen::Map<const Matrix<S>, Eigen::Unaligned, Eigen::OuterStride<>>;

/// The working part of a layer. x is inputs × events, y = forward(x) is outputs × events, dx and dy
/// are the derivatives of the loss with respect to them; `outputs` may be a number or a Shape. p
/// points to the parameter_count parameters of this part and dp to their derivatives. Every
/// function overwrites its outputs.
///
/// For parameter_count > 0 it must have
///   void initialize(S* p, Rng&) const;
///   Loss gradient(const S* p, x, dy, S* dp);  // returns the penalty, adds its gradient to dp
/// and it may have
///   void forward_training(const S* p, x, y);  // if training differs from forward()
///   void reseed(Seed);                        // if it is random; checkpoints then need the next two
///   void save(std::vector<std::byte>&) const;       // appends the state of its randomness
///   Status restore(std::span<const std::byte>&);    // removes it from the front
///   void add_gradient(const S* p, x, dy, S* dp);  // adds to dp, no penalty
///   void propagate_frozen(const S* p, x, y, dy, dx);  // needed by Frozen, see below
///   void forward_frozen(const S* p, x, y);    // if faster than forward() for many events
///   void observe(const S* p, x, y);           // forward_training() that also collects statistics
///   void calibrate(S* p);                     // writes them to p and resets them, see Calibrates
///   void uncalibrate(S* p) const;             // makes predictions NaN until calibrate()
///
/// propagate_frozen() is the derivative of forward(), without a call of gradient() or
/// forward_training() before.
///
/// A part without a gradient for a batch of one event has a `static constexpr Index least_events`.
///
/// If each part with parameters has add_gradient(), large batches are processed in chunks that stay
/// in the cache. For each batch, gradient() is called before propagate().
///
/// forward() also serves single events. For fixed-size x and y it must not throw or allocate.
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
