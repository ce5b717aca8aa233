// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <tributary/core/build.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/kernels.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/preprocessing.hpp>
#include <tributary/inference/detail/stages.hpp>
#include <tributary/model/activations.hpp>
#include <tributary/model/batch_norm.hpp>
#include <tributary/model/conv2d.hpp>
#include <tributary/model/declarations.hpp>
#include <tributary/model/dense.hpp>
#include <tributary/model/detail/chain.hpp>
#include <tributary/model/head.hpp>
#include <tributary/model/padding.hpp>
#include <tributary/model/shape.hpp>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tributary::inline v0_1::detail {
inline namespace TRIBUTARY_BUILD {

/// A layer that is not of the library: its own part with its parameters unchanged.
template <Real S, class L, Shape Inputs>
struct LayerStage {
  using Part = decltype(make_part<S, Inputs>(std::declval<const L&>()));
  static constexpr Shape outputs = Part::outputs;
  static constexpr Index parameters = Part::parameter_count;
  static constexpr Index size(Weights) { return parameters; }
  Part part;

  explicit LayerStage(const L& layer) : part{make_part<S, Inputs>(layer)} {}
  void forward(const S* p, const S* x, S* y) const noexcept {
    const Eigen::Map<const Eigen::Vector<S, Index{Inputs}>> from{x};
    Eigen::Map<Eigen::Vector<S, Index{outputs}>> to{y};
    part.forward(p, from, to);
  }
};
/// A head that is not of the library.
template <Real S, class H, Shape Inputs>
struct HeadStage {
  static constexpr Shape outputs = Inputs;
  static constexpr Index parameters = 0;
  static constexpr Index size(Weights) { return 0; }
  H head;

  explicit HeadStage(const H& given) : head{given} {}
  void forward(const S*, const S* z, S* scores) const noexcept {
    std::copy_n(z, Inputs, scores);
    head.activate(std::span<S>{scores, std::size_t{Inputs}});
  }
};
template <Real S, class L, Shape Inputs>
struct Stage : std::conditional_t<Head<L>, HeadStage<S, L, Inputs>, LayerStage<S, L, Inputs>> {
  explicit Stage(const L& element)
      : std::conditional_t<Head<L>, HeadStage<S, L, Inputs>, LayerStage<S, L, Inputs>>{element} {}
};

template <class Plan, class... Elements>
typename Plan::Stages make_stages(const std::tuple<Elements...>& elements) {
  const auto make = [&](auto i) {
    using At = typename Plan::template At<i>;
    if constexpr (std::is_default_constructible_v<At>) {
      return At{};
    } else {
      return At{thawed(std::get<i>(elements))};
    }
  };
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return typename Plan::Stages{make(std::integral_constant<std::size_t, I>{})...};
  }
  (std::index_sequence_for<Elements...>{});
}

/// A span of the parameters, for any container.
auto piece(const auto& parameters) {
  return std::span{parameters.data(), static_cast<std::size_t>(parameters.size())};
}

/// Scaling by the preprocessing that the first layer absorbs: x' = (x + offset) scale. May be
/// empty.
struct Scaling {
  std::span<const double> offset = {}, scale = {};

  bool empty() const { return scale.empty(); }
  /// Whether a dense layer may absorb it. Its sums then have terms of size |offset · scale|, which
  /// nearly cancel, and their rounding error. With 30 features of standard deviation 1 / scale, the
  /// error of an output without folding is 0.7 units in the last place of a typical one. With
  /// folding it is 0.7, 1.1, 1.9, 3.1 and 6.6 units at means of 0, 1, 2, 4 and 8 standard
  /// deviations.
  bool foldable() const {
    for (std::size_t i = 0; i < scale.size(); ++i) {
      const double size = std::abs(scale[i]);
      if (std::abs(offset[i] * scale[i]) > 2 || size < 1e-12 || size > 1e12) return false;
    }
    return true;
  }
};

/// Writes weights in the layout of weight_numbers().
template <class S, Weights Format>
struct WeightWriter {
  S* memory;
  Index inputs, outputs;

  /// Returns the written value, which is rounded.
  double write(Index output, Index input, double value) const {
    if constexpr (Format == Weights::bfloat16) {
      const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
      const std::uint32_t upper = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
      const Index in_panel = output % panel;
      S* const place =
          memory + (output / panel * inputs + input) * (panel / 2) + in_panel % (panel / 2);
      std::uint32_t word = 0;
      std::memcpy(&word, place, sizeof word);
      word |= upper << (in_panel < panel / 2 ? 0 : 16);
      std::memcpy(place, &word, sizeof word);
      const auto written = static_cast<double>(std::bit_cast<float>(upper << 16));
      require(is_finite(written), "Predictor: a weight in bfloat16", written, "finite");
      return written;
    } else {
      S& place = memory[place_in_panels(output, input, inputs, whole_panels(outputs))];
      place = static_cast<S>(value);
      return static_cast<double>(place);
    }
  }
};

// pack(settings, p, scaling, memory) writes the values of a layer's stage into memory that is 0.

template <class At, Weights Format, class S, int In, int Out>
void pack(const Dense<In, Out>&, const S* p, const Scaling& scaling, S* memory) {
  using Part = DensePart<S, In, Out>;
  static_assert(Part::few_outputs == At::few_outputs && Part::parameter_count == At::parameters);
  S* const biases = memory + At::weight_size(Format);
  for (Index o = 0; o < Out; ++o) {
    double bias = static_cast<double>(p[Part::weight_count + o]);
    for (Index i = 0; i < In; ++i) {
      double weight = static_cast<double>(p[Part::place(o, i)]);
      const auto feature = static_cast<std::size_t>(i);
      if (!scaling.scale.empty()) weight *= scaling.scale[feature];
      if constexpr (At::few_outputs) {
        S& place = memory[o * whole_panels(In) + i];
        place = static_cast<S>(weight);
        weight = static_cast<double>(place);
      } else {
        weight = WeightWriter<S, Format>{memory, In, Out}.write(o, i, weight);
      }
      // Rounded once, so that it does not depend on fused multiply-add by the compiler.
      if (!scaling.offset.empty()) bias = std::fma(weight, scaling.offset[feature], bias);
    }
    biases[o] = static_cast<S>(bias);
  }
}

template <class At, Weights Format, class S, int Filters, int Kernel, int Stride, Padding Border>
void pack(const Conv2D<Filters, Kernel, Stride, Border>&, const S* p, const Scaling&, S* memory) {
  const WeightWriter<S, Format> writer{memory, At::window_inputs, Filters};
  for (Index filter = 0; filter < Filters; ++filter) {
    for (Index i = 0; i < At::window_inputs; ++i)
      writer.write(filter, i,
                   static_cast<double>(p[place_in_panels(filter, i, At::window_inputs, Filters)]));
  }
  std::copy_n(p + At::window_inputs * Filters, Filters, memory + At::weight_size(Format));
}

template <class At, Weights, class S>
void pack(const BatchNorm& settings, const S* p, const Scaling&, S* memory) {
  constexpr Index channels = At::parameters / 4, width = whole_panels(At::outputs);
  for (Index i = 0; i < At::outputs; ++i) {
    const Index k = i % channels;
    const double variance = static_cast<double>(p[3 * channels + k]);
    require(variance >= 0, "Predictor: variance in BatchNorm", variance,
            "at least 0: Trainer::train or calibrated() set it");
    memory[i] = p[2 * channels + k];
    memory[width + i] =
        static_cast<S>(static_cast<double>(p[k]) / std::sqrt(variance + settings.epsilon));
    memory[2 * width + i] = p[channels + k];
  }
}

template <class At, Weights, class S>
void pack(const LeakyRelu& settings, const S*, const Scaling&, S* memory) {
  *memory = static_cast<S>(settings.slope);
}
template <class At, Weights, class S>
void pack(const Elu& settings, const S*, const Scaling&, S* memory) {
  *memory = static_cast<S>(settings.alpha);
}
template <class At, Weights, class S, class L>
void pack(const L&, const S* p, const Scaling&, S* memory) {
  std::copy_n(p, At::parameters, memory);
}

/// Packs all layers; the first dense one absorbs the scaling.
template <class Plan, Weights Format, class S, class... Elements>
void pack_all(const std::tuple<Elements...>& elements, const S* parameters, const Scaling& scaling,
              S* memory) {
  const auto pack_one = [&](auto i) {
    using At = typename Plan::template At<i>;
    pack<At, Format>(thawed(std::get<i>(elements)), parameters,
                     i == Plan::first_to_act ? scaling : Scaling{}, memory + Plan::offsets[i]);
    parameters += At::parameters;
  };
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (pack_one(std::integral_constant<std::size_t, I>{}), ...);
  }
  (std::index_sequence_for<Elements...>{});
}

/// Packs the preprocessing before the first layer, see Plan.
template <class Plan, class S>
void pack_features(std::span<const double> defaults, const Scaling& scaling, S* memory) {
  constexpr Index width = whole_panels(Plan::inputs);
  const auto rounded = [](double value, const char* field) {
    const S x = static_cast<S>(value);
    require(is_finite(x), field, value, "finite in the net's scalar");
    return x;
  };
  for (Index i = 0; i < Plan::inputs; ++i) {
    const auto feature = static_cast<std::size_t>(i);
    // A default is stored scaled: before scaling, the nearest value of S may be far from it.
    memory[i] = std::numeric_limits<S>::quiet_NaN();
    if (!defaults.empty() && !is_nan(defaults[feature])) {
      double value = defaults[feature];
      if (!scaling.empty()) value = (value + scaling.offset[feature]) * scaling.scale[feature];
      memory[i] = rounded(value, "Preprocessing::defaults, scaled");
    }
    memory[3 * width + i] = 1;
    if (scaling.empty()) continue;
    const S offset = rounded(scaling.offset[feature], "Preprocessing::offset");
    memory[width + i] = offset;
    memory[2 * width + i] = static_cast<S>(scaling.offset[feature] - static_cast<double>(offset));
    memory[3 * width + i] = rounded(scaling.scale[feature], "Preprocessing::scale");
  }
}

}  // namespace TRIBUTARY_BUILD
}  // namespace tributary::inline v0_1::detail
