// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <tributary/core/vector.hpp>
#include <tributary/model/head.hpp>
#include <tributary/model/layer.hpp>
#include <tributary/model/shape.hpp>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tributary::inline v0_1::detail {

/// Placeholder for the part of an invalid element, so that one mistake gives one message.
template <Shape Inputs>
struct NoPart {
  static constexpr Shape outputs = Inputs;
  static constexpr Index parameter_count = 0;
  void forward(const auto*, const auto&, auto&) const {}
  void propagate(const auto*, const auto&, const auto&, const auto&, auto&) const {}
};

template <Real S, Shape Inputs, class L>
auto make_part(const L& layer) {
  if constexpr (Elementwise<L>) {
    return ElementwisePart<L, Inputs>{layer};
  } else if constexpr (requires { layer.template make_part<S, Inputs>(); }) {
    using Part = decltype(layer.template make_part<S, Inputs>());
    static_assert(LayerPart<Part, S>,
                  "tributary: the part of this layer lacks something, see LayerPart in "
                  "tributary/model/layer.hpp");
    return layer.template make_part<S, Inputs>();
  } else {
    static_assert(!Head<L>, "tributary: only the last element of a Sequential may be a head");
    static_assert(Head<L>,
                  "tributary: an element of a Sequential is neither a layer nor a head, see "
                  "tributary/model/layer.hpp");
    return NoPart<Inputs>{};
  }
}

inline constexpr Index unknown_width = 0;  ///< After a mistake that has its own message.

/// Compares the width of one layer with the inputs of a later one. A compiler's message shows all
/// arguments: the position of the second (from 0), both layers, and the two widths.
template <std::size_t Position, class Before, class After, Index Outputs, Index Inputs>
struct Joint {
  static_assert(Outputs == Inputs || Outputs == unknown_width,
                "tributary: a layer of this Sequential expects another number of inputs than the "
                "layer before it gives");
};

/// Walks over layers and head, from the input shape, and collects the parts. Before is the last
/// layer that fixed the number of inputs.
template <Real S, std::size_t Position, class Before, Shape Reaches, class Parts, class... Rest>
struct Chain;

template <Real S, std::size_t Position, class Before, Shape Reaches, class... Ps, class H>
struct Chain<S, Position, Before, Reaches, std::tuple<Ps...>, H> {
  using Parts = std::tuple<Ps...>;
};

template <Real S, std::size_t Position, class Before, Shape Reaches, class... Ps, class L,
          class Next, class... Rest>
struct Chain<S, Position, Before, Reaches, std::tuple<Ps...>, L, Next, Rest...> {
  static constexpr bool fixes = FixesInputs<L>;
  static constexpr Shape inputs = [] {
    if constexpr (fixes) {
      static_cast<void>(Joint<Position, Before, L, Reaches, L::inputs>{});  // checks the widths
      return Shape{L::inputs};
    } else {
      return Reaches;
    }
  }();
  using Part = decltype(make_part<S, inputs>(std::declval<const L&>()));
  using Parts = typename Chain<S, Position + 1, std::conditional_t<fixes, L, Before>, Part::outputs,
                               std::tuple<Ps..., Part>, Next, Rest...>::Parts;
};

template <class L>
constexpr Index first_width() {
  static_assert(FixesInputs<L>,
                "tributary: the first layer of a Sequential must fix its number of inputs, as "
                "Dense<30, 500> or Image<28, 28, 1> does");
  if constexpr (FixesInputs<L>) {
    return L::inputs;
  } else {
    return unknown_width;
  }
}

}  // namespace tributary::inline v0_1::detail
