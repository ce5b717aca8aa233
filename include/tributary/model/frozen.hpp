// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <tributary/core/random.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/model/declarations.hpp>
#include <tributary/model/detail/chain.hpp>
#include <tributary/model/detail/initialize.hpp>
#include <tributary/model/layer.hpp>
#include <tributary/model/shape.hpp>

namespace tributary::inline v0_1 {

template <Real S, class P>
struct FrozenPart;

/// A layer whose parameters do not change in training:
///
///   Sequential net{Frozen{Dense<30, 500>{}}, Relu{}, Dense<500, 2>{}, SoftmaxCrossEntropy{}};
///
/// They keep their initial values, such as those of Trainer::starting_from, bit for bit, under every
/// rule, optimizer and codec. The layer computes as in prediction: a BatchNorm uses its statistics,
/// and does not update them. It adds no penalty, and its gradient is 0, so it does not count in
/// clipped norms. No derivatives are computed below the lowest layer that trains. In files and
/// other formats the layer is as it would be without Frozen, so a model that was saved with it can be
/// loaded without, and the reverse.
template <class L>
struct Frozen {
  L layer;

  template <Real S, Shape Inputs>
  auto make_part() const {
    return FrozenPart<S, decltype(detail::make_part<S, Inputs>(layer))>{
        detail::make_part<S, Inputs>(layer)};
  }
  void validate() const {
    if constexpr (requires { layer.validate(); }) layer.validate();
  }
};
template <FixesInputs L>
struct Frozen<L> {
  static constexpr auto inputs = L::inputs;
  L layer;

  template <Real S, Shape Inputs>
  auto make_part() const {
    return FrozenPart<S, decltype(detail::make_part<S, Inputs>(layer))>{
        detail::make_part<S, Inputs>(layer)};
  }
  void validate() const {
    if constexpr (requires { layer.validate(); }) layer.validate();
  }
};
template <class L>
Frozen(L) -> Frozen<L>;

template <Real S, class P>
struct FrozenPart {
  static_assert(P::parameter_count > 0,
                "tributary: this layer has no parameters to freeze: leave Frozen out");
  static_assert(
      requires(P part, const S* p, ConstBlock<S> x, Block<S> out) {
        part.propagate_frozen(p, x, x, x, out);
      },
      "tributary: to be Frozen, the part of this layer needs propagate_frozen(p, x, y, dy, "
      "dx), see LayerPart in tributary/model/layer.hpp");
  using Thawed = P;
  static constexpr auto outputs = P::outputs;
  static constexpr Index parameter_count = P::parameter_count;
  P part;

  void initialize(S* p, Rng& rng) const { detail::initialize(part, p, rng); }
  void forward(const S* p, const auto& x, auto& y) const { part.forward(p, x, y); }
  void forward_training(const S* p, const auto& x, auto& y) {
    if constexpr (requires { part.forward_frozen(p, x, y); }) {
      part.forward_frozen(p, x, y);
    } else {
      part.forward(p, x, y);
    }
  }
  Loss gradient(const S*, const auto&, const auto&, S* dp) const {
    std::fill_n(dp, parameter_count, S{0});
    return 0;
  }
  void add_gradient(const S*, const auto&, const auto&, S*) const {}
  void propagate(const S* p, const auto& x, const auto& y, const auto& dy, auto& dx) {
    part.propagate_frozen(p, x, y, dy, dx);
  }
};

}  // namespace tributary::inline v0_1
