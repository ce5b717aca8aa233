// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <tributary/core/aligned_vector.hpp>
#include <tributary/core/kernels.hpp>
#include <tributary/core/kernels/arguments.hpp>
#include <tributary/core/random.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/model/declarations.hpp>
#include <tributary/model/detail/penalty.hpp>
#include <tributary/model/detail/tiled_convolution.hpp>
#include <tributary/model/initialization.hpp>
#include <tributary/model/layer.hpp>
#include <tributary/model/padding.hpp>
#include <tributary/model/shape.hpp>
#include <vector>

namespace tributary::inline v0_1 {

template <Real S, class Layer, Shape Inputs>
struct Conv2DPart;

/// y(r, c, f) = b(f) + Σᵢⱼₖ w(i, j, k, f) x(r stride + i, c stride + j, k), i and j < Kernel.
/// Parameters: w in panels of 32 filters, the last one narrower; within a panel by i, j, k and the
/// filters, which vary fastest. Then b, which starts at 0. The weights alone have a penalty on the
/// loss: l1 Σ|w| + l2 Σw². For stride 1, Kernel 3 to 5, and channels and filters in multiples of
/// 16, training uses Winograd's algorithm. It is about three times as fast, with slightly larger
/// rounding errors.
template <int Filters, int Kernel, int Stride, Padding Border>
struct Conv2D {
  static_assert(Filters > 0 && Kernel > 0 && Stride > 0,
                "tributary: Conv2D<filters, kernel, stride> needs positive numbers");
  static constexpr Index filters = Filters, kernel = Kernel, stride = Stride;
  static constexpr Padding padding = Border;

  Initialization initialization = Initialization::glorot_uniform;
  double l1 = 0;
  double l2 = 0;

  template <Real S, Shape Inputs>
  Conv2DPart<S, Conv2D, Inputs> make_part() const {
    return {*this};
  }
  void validate() const {
    require(l1 >= 0, "Conv2D::l1", l1, "at least 0");
    require(l2 >= 0, "Conv2D::l2", l2, "at least 0");
  }
};

template <Real S, class Layer, Shape Inputs>
struct Conv2DPart {
  static_assert(Layer::padding == Padding::same ||
                    (Inputs.height >= Layer::kernel && Inputs.width >= Layer::kernel),
                "tributary: the kernel of a Conv2D is larger than the image that reaches it; a net "
                "of images begins with Image<height, width, channels>{}");
  static constexpr Index border(Index n) {
    return detail::border(Layer::padding, n, Layer::kernel, Layer::stride);
  }
  static constexpr detail::Window window{.height = Inputs.height + border(Inputs.height),
                                         .width = Inputs.width + border(Inputs.width),
                                         .channels = Inputs.channels,
                                         .size = Layer::kernel,
                                         .stride = Layer::stride};
  static constexpr bool padded = window.image() != Inputs;
  static constexpr Shape outputs{window.rows(), window.columns(), Layer::filters};
  static constexpr Index window_inputs = window.taps() * Inputs.channels;
  static constexpr Index weight_count = window_inputs * Layer::filters;
  static constexpr Index parameter_count = weight_count + Layer::filters;

  using Tiled = detail::TiledConvolution<S, window, Layer::filters>;

  Layer settings;
  AlignedVector<S> transposed = {};  ///< The weights for the gradient of the input.
  AlignedVector<S> bordered = {};    ///< An image with its border.
  Tiled tiled = {};

  void initialize(S* p, Rng& rng) const {
    std::vector<S> drawn(std::size_t{weight_count});
    draw_weights<S>(settings.initialization, window_inputs, window.taps() * Layer::filters, drawn,
                    rng);
    for (Index i = 0; i < weight_count; ++i) {
      p[detail::place_in_panels(i % Layer::filters, i / Layer::filters, window_inputs,
                                Layer::filters)] = drawn[static_cast<std::size_t>(i)];
    }
    std::fill_n(p + weight_count, Layer::filters, S{0});
  }

  void forward(const S* p, const auto& x, auto& y) const {
    alignas(64) std::array<S, std::size_t{padded ? window.image() : 1}> scratch;
    convolve(p, x, y, scratch.data());
  }
  void forward_training(const S* p, const auto& x, auto& y) {
    if constexpr (Tiled::pays) {
      tiled.forward(
          p, p + weight_count, x.cols(), [&](Index event) { return image(x, event); },
          [&](Index event) { return y.col(event).data(); });
    } else {
      convolve(p, x, y, scratch());
    }
  }

  Loss gradient(const S* p, const auto& x, const auto& dy, S* dp) {
    differentiate(x, dy, dp, false);
    return detail::add_penalty<S>(settings.l1, settings.l2, weight_count, p, dp);
  }
  void add_gradient(const S*, const auto& x, const auto& dy, S* dp) {
    differentiate(x, dy, dp, true);
  }

  void propagate(const S* p, const auto&, const auto&, const auto& dy, auto& dx) {
    transposed.resize(static_cast<std::size_t>(weight_count + detail::panel));
    const auto dy_of = [&](Index event) { return dy.col(event).data(); };
    const auto give = [&](Index event, const auto& differentiate_image) {
      S* const to = dx.col(event).data();
      S* const whole = padded ? scratch() : to;
      differentiate_image(whole);
      for_lines([&](Index line, Index bordered_line) {
        std::copy_n(whole + bordered_line, Inputs.width * Inputs.channels, to + line);
      });
    };
    detail::with_kernels([&](auto kernels) {
      kernels.template transpose_weights<S>(window, Layer::filters, p, transposed.data());
      if constexpr (!Tiled::pays) {
        for (Index event = 0; event < dy.cols(); ++event) {
          give(event, [&](S* whole) {
            kernels.template convolution_input_gradient<S>(window, Layer::filters,
                                                           transposed.data(), dy_of(event), whole);
          });
        }
      }
    });
    if constexpr (Tiled::pays) tiled.input_gradient(transposed.data(), dy.cols(), dy_of, give);
  }
  void forward_frozen(const S* p, const auto& x, auto& y) { forward_training(p, x, y); }
  void propagate_frozen(const S* p, const auto& x, const auto& y, const auto& dy, auto& dx) {
    propagate(p, x, y, dy, dx);
  }

 private:
  static void convolve(const S* p, const auto& x, auto& y, S* scratch) {
    detail::with_kernels([&](auto kernels) {
      for (Index event = 0; event < x.cols(); ++event) {
        kernels.template convolution<S>(window, Layer::filters, p, p + weight_count,
                                        in_border(x.col(event).data(), scratch),
                                        y.col(event).data());
      }
    });
  }
  void differentiate(const auto& x, const auto& dy, S* dp, bool add) {
    S* const db = dp + weight_count;
    const auto dy_of = [&](Index event) { return dy.col(event).data(); };
    if constexpr (Tiled::pays) {
      tiled.weight_gradient(
          x.cols(), [&](Index event) { return image(x, event); }, dy_of, dp, db, add);
    } else {
      detail::with_kernels([&](auto kernels) {
        for (Index event = 0; event < x.cols(); ++event) {
          kernels.template convolution_weight_gradient<S>(
              window, Layer::filters, dy_of(event), image(x, event), dp, db, add || event > 0);
        }
      });
    }
  }

  const S* image(const auto& x, Index event) { return in_border(x.col(event).data(), scratch()); }
  S* scratch() {
    if constexpr (padded) bordered.resize(static_cast<std::size_t>(window.image()));
    return bordered.data();
  }
  /// The image with its border, or the image itself without padding.
  static const S* in_border(const S* image, S* scratch) {
    if constexpr (!padded) return image;
    std::fill_n(scratch, window.image(), S{0});
    for_lines([&](Index line, Index bordered_line) {
      std::copy_n(image + line, Inputs.width * Inputs.channels, scratch + bordered_line);
    });
    return scratch;
  }
  /// Calls f(offset of a row in the image, its offset in the image with border).
  static void for_lines(const auto& f) {
    if constexpr (!padded) return;
    constexpr Index above = border(Inputs.height) / 2, left = border(Inputs.width) / 2;
    for (Index row = 0; row < Inputs.height; ++row)
      f(row * Inputs.width * Inputs.channels,
        (row + above) * window.line() + left * Inputs.channels);
  }
};

}  // namespace tributary::inline v0_1
