// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <tributary/core/build.hpp>
#include <tributary/core/kernels.hpp>
#include <tributary/core/kernels/arguments.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/model/declarations.hpp>
#include <tributary/model/padding.hpp>
#include <tributary/model/shape.hpp>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tributary::inline v0_1 {

/// Summation of a Predictor.
enum class Summation {
  fast,  ///< As fast as possible on this CPU, with fused multiply-add if it has them.
  /// The same bits on every CPU. Compilation fails if a macro shows that the compiler may reorder
  /// sums or replace divisions. Clang has such a macro for -ffast-math alone: with
  /// -fno-finite-math-only after it, or with -funsafe-math-optimizations, there is no error and
  /// bits may differ.
  fixed,
};

/// Format of a Predictor's weights in dense and convolutional layers.
enum class Weights {
  exact,     ///< The net's own scalar.
  bfloat16,  ///< Upper 16 bits of float, rounded: half the memory, relative error up to 1/512.
};

}  // namespace tributary::inline v0_1

/// The form of a net in a Predictor: one stage for each layer and for the head. A stage is a type;
/// its values are in the predictor's memory at the offset of `Plan`. Between stages, the values of
/// an event are padded to whole panels with finite values.
namespace tributary::inline v0_1::detail {
inline namespace TRIBUTARY_BUILD {

constexpr Index whole_panels(Index elements) { return (elements + panel - 1) / panel * panel; }

/// The number of elements for a layer's weights: panels of 32 outputs, the last one padded with
/// zeros; within a panel by inputs. Two bfloat16 weights share a float: output k of a panel has the
/// lower half of the bits, output k + 16 the upper half.
constexpr Index weight_numbers(Weights format, Index inputs, Index outputs) {
  return inputs * whole_panels(outputs) / (format == Weights::bfloat16 ? 2 : 1);
}

/// The stage of layer or head L for input shape Inputs. The library's layers are matched by name;
/// predictor.hpp has the others.
template <Real S, class L, Shape Inputs>
struct Stage;

/// A stage without an operation.
template <Shape Outputs>
struct IdentityStage {
  static constexpr bool identity = true;
  static constexpr Shape outputs = Outputs;
  static constexpr Index parameters = 0;
  static constexpr Index size(Weights) { return 0; }
};
template <Real S, int Height, int Width, int Channels, Shape Inputs>
struct Stage<S, Image<Height, Width, Channels>, Inputs>
    : IdentityStage<Shape{Height, Width, Channels}> {};
template <Real S, Shape Inputs>
struct Stage<S, Flatten, Inputs> : IdentityStage<Shape{Index{Inputs}}> {};

template <class T, class... Others>
concept AnyOf = (std::same_as<T, Others> || ...);

template <Real S, AnyOf<Dropout, Linear, MeanSquaredError, MeanAbsoluteError, Hinge> L,
          Shape Inputs>
struct Stage<S, L, Inputs> : IdentityStage<Inputs> {};

template <Real S, int In, int Out, Shape Inputs>
struct Stage<S, Dense<In, Out>, Inputs> {
  static constexpr Shape outputs = Out;
  static constexpr Index parameters = Index{In} * Out + Out;
  /// Few outputs of many inputs: a row of weights an output, padded to whole panels, always exact.
  static constexpr bool few_outputs = Out <= 8 && 8 * Out <= In;
  static constexpr Index weight_size(Weights format) {
    return few_outputs ? Out * whole_panels(In) : weight_numbers(format, In, Out);
  }
  /// Weights, then biases.
  static constexpr Index size(Weights format) { return weight_size(format) + whole_panels(Out); }
};

template <Real S, int Filters, int Kernel, int Stride, Padding Border, Shape Inputs>
struct Stage<S, Conv2D<Filters, Kernel, Stride, Border>, Inputs> {
  static constexpr Index rows_added = border(Border, Inputs.height, Kernel, Stride);
  static constexpr Index columns_added = border(Border, Inputs.width, Kernel, Stride);
  static constexpr Window window{.height = Inputs.height + rows_added,
                                 .width = Inputs.width + columns_added,
                                 .channels = Inputs.channels,
                                 .size = Kernel,
                                 .stride = Stride};
  static constexpr Shape outputs{window.rows(), window.columns(), Filters};
  static constexpr Index window_inputs = window.taps() * Inputs.channels;
  static constexpr Index parameters = window_inputs * Filters + Filters;
  /// For an image with its border.
  static constexpr Index scratch = rows_added + columns_added == 0 ? 0 : window.image();
  static constexpr Index weight_size(Weights format) {
    return weight_numbers(format, window_inputs, Filters);
  }
  static constexpr Index size(Weights format) {
    return weight_size(format) + whole_panels(Filters);
  }
};

template <Shape Inputs, int Size, int Stride>
struct PoolStage {
  static constexpr Window window{.height = Inputs.height,
                                 .width = Inputs.width,
                                 .channels = Inputs.channels,
                                 .size = Size,
                                 .stride = Stride};
  static constexpr Shape outputs{window.rows(), window.columns(), window.channels};
  static constexpr Index parameters = 0;
  static constexpr Index size(Weights) { return 0; }
};
template <Real S, int Size, int Stride, Shape Inputs>
struct Stage<S, MaxPool2D<Size, Stride>, Inputs> : PoolStage<Inputs, Size, Stride> {};
template <Real S, int Size, int Stride, Shape Inputs>
struct Stage<S, AveragePool2D<Size, Stride>, Inputs> : PoolStage<Inputs, Size, Stride> {};

/// y = (x − μ) factor + β, with values for each element.
template <Real S, Shape Inputs>
struct Stage<S, BatchNorm, Inputs> {
  static constexpr bool in_place = true;
  static constexpr Shape outputs = Inputs;
  static constexpr Index parameters = 4 * Inputs.channels;
  static constexpr Index size(Weights) { return 3 * whole_panels(Inputs); }
};

template <class L>
concept KnownFunction = AnyOf<L, Relu, LeakyRelu, Elu, Tanh, Sigmoid, HardSigmoid, Swish, Softplus,
                              Softmax, SoftmaxCrossEntropy, SigmoidCrossEntropy>;
/// Activations and heads. A setting, at most one, is the first value.
template <Real S, KnownFunction L, Shape Inputs>
struct Stage<S, L, Inputs> {
  static constexpr bool in_place = true;
  static constexpr Shape outputs = Inputs;
  static constexpr Index parameters = 0;
  static constexpr Index size(Weights) { return AnyOf<L, LeakyRelu, Elu> ? panel : 0; }
};

/// The input shape of the first layer.
template <class L>
struct FirstInputs {
  static constexpr Shape value = L::inputs;
};
template <int In, int Out>
struct FirstInputs<Dense<In, Out>> {
  static constexpr Shape value = In;
};
template <int Height, int Width, int Channels>
struct FirstInputs<Image<Height, Width, Channels>> {
  static constexpr Shape value{Height, Width, Channels};
};

template <Real S, Shape Reaches, class Stages, class... Rest>
struct StageChain;
template <Real S, Shape Reaches, class... Stages>
struct StageChain<S, Reaches, std::tuple<Stages...>> {
  using Type = std::tuple<Stages...>;
};
template <Real S, Shape Reaches, class... Stages, class L, class... Rest>
struct StageChain<S, Reaches, std::tuple<Stages...>, L, Rest...>
    : StageChain<S, Stage<S, L, Reaches>::outputs, std::tuple<Stages..., Stage<S, L, Reaches>>,
                 Rest...> {};

template <class Net, Weights Format>
struct Plan {
  static_assert(!std::is_const_v<Net>,
                "tributary: Predictor<const Net>: leave const out, as "
                "std::remove_const_t<decltype(net)> does");
  static_assert(std::is_const_v<Net>, "tributary: a Predictor is made of a Sequential");
};

/// The compile-time properties of a net's stages.
template <Real S, class... Elements, Weights Format>
struct Plan<Sequential<S, Elements...>, Format> {
  static_assert(Format == Weights::exact || std::same_as<S, float>,
                "tributary: only a net of float may have weights of bfloat16");
  using Scalar = S;
  static constexpr Shape first =
      FirstInputs<Thawed<std::tuple_element_t<0, std::tuple<Elements...>>>>::value;
  using Stages = typename StageChain<S, first, std::tuple<>, Thawed<Elements>...>::Type;
  template <std::size_t I>
  using At = std::tuple_element_t<I, Stages>;
  static constexpr std::size_t count = sizeof...(Elements);

  static constexpr Index inputs = first;
  static constexpr Index outputs = At<count - 1>::outputs;

  /// The offset of stage I in memory. After the last stage come the values for the features: scaled
  /// defaults, offsets in two parts, and scales.
  static constexpr auto offsets = []<std::size_t... I>(std::index_sequence<I...>) {
    std::array<Index, count + 1> sums{};
    ((sums[I + 1] = sums[I] + whole_panels(At<I>::size(Format))), ...);
    return sums;
  }
  (std::make_index_sequence<count>{});
  static constexpr Index feature_size = 4 * whole_panels(inputs);
  static constexpr Index size = offsets[count] + feature_size;

  template <std::size_t I>
  static constexpr bool identity = requires {
    At<I>::identity;
  };
  template <std::size_t I>
  static constexpr bool in_place = requires {
    At<I>::in_place;
  };
  /// Whether the stage is a product that is faster for many events together.
  template <std::size_t I>
  static constexpr bool many_at_once = [] {
    if constexpr (requires { At<I>::few_outputs; }) {
      return !At<I>::few_outputs;
    } else {
      return false;
    }
  }();

  /// The first stage with an operation, or the last one.
  static constexpr std::size_t first_to_act = []<std::size_t... I>(std::index_sequence<I...>) {
    std::size_t identities = 0;
    static_cast<void>(((identity<I> && ++identities > 0) && ...));
    return std::min(identities, count - 1);
  }
  (std::make_index_sequence<count>{});
  /// Whether the first layer is dense; only then it can absorb the scaling of the features.
  static constexpr bool begins_dense = requires { At<first_to_act>::few_outputs; };
  /// Whether features must be copied into whole panels, or may be overwritten.
  static constexpr bool copies = !many_at_once<first_to_act>;

  /// Whether dense stage I should skip inputs that are 0. Listing the others takes time, and pays
  /// if the weights exceed the L1 cache and a ReLU precedes.
  template <std::size_t I>
  static constexpr bool sparse = [] {
    constexpr auto after_relu = []<std::size_t... J>(std::index_sequence<J...>) {
      bool relu = false;
      ((relu = identity<J> ? relu
                           : std::same_as<std::tuple_element_t<J, std::tuple<Elements...>>, Relu>),
       ...);
      return relu;
    }
    (std::make_index_sequence<I>{});
    return after_relu && many_at_once<I> &&
           At<I>::size(Format) * static_cast<Index>(sizeof(S)) > (32 << 10);
  }();

  static constexpr Index widest = []<std::size_t... I>(std::index_sequence<I...>) {
    return whole_panels(std::max({inputs, Index{At<I>::outputs}...}));
  }
  (std::make_index_sequence<count>{});
  static constexpr Index bordered = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::max({Index{0}, [] {
                       if constexpr (requires { At<I>::scratch; }) {
                         return At<I>::scratch;
                       } else {
                         return Index{0};
                       }
                     }()...});
  }
  (std::make_index_sequence<count>{});

  /// Buffers for this number of events in the stages.
  template <Index Events>
  struct alignas(64) Scratch {
    std::array<S, static_cast<std::size_t>(Events*widest)> here, there;
    std::array<S, static_cast<std::size_t>(std::max(widest, bordered))> image_or_factors;
    std::array<std::uint32_t, static_cast<std::size_t>(widest)> places;
  };
  /// Number of events processed together: the values of one layer fit into the L2 cache, and those
  /// of two layers on a stack of 128 KiB.
  static constexpr Index chunk =
      std::clamp<Index>((48 << 10) / (widest * static_cast<Index>(sizeof(S))), 1, 64);
};

}  // namespace TRIBUTARY_BUILD
}  // namespace tributary::inline v0_1::detail
