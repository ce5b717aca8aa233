// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <tributary/core/aligned_vector.hpp>
#include <tributary/core/kernels.hpp>
#include <tributary/core/kernels/arguments.hpp>
#include <tributary/core/simd.hpp>
#include <tributary/core/vector.hpp>

namespace tributary::inline v0_1::detail {

/// The convolution of training by Winograd's filtering, see Tiles. It needs 0.36 of the products of
/// the definition for windows of 5 × 5 pixels, 0.25 for 3 × 3. It pays for many channels and
/// filters. Images and weights lie as for kernels.convolution.
template <Real S, Window W, Index Filters>
class TiledConvolution {
  static constexpr Tiles<W.size> tiles{W};
  static constexpr Index channels = W.channels;

 public:
  static constexpr bool pays =
      W.stride == 1 && W.size >= 3 && W.size <= 5 && channels % 16 == 0 && Filters % 16 == 0;

  Simd instructions = simd();

  /// x(event) and y(event) point to its image and its outputs.
  void forward(const S* w, const S* bias, Index events, const auto& x, const auto& y) {
    reserve();
    with_kernels(instructions, [&](auto kernels) {
      kernels.template tile_weights<S>(tiles, channels, Filters, w, weights_.data());
      in_groups(events, [&](Index first, Index count) {
        for (Index i = 0; i < count; ++i)
          kernels.template tile_inputs<S>(tiles, x(first + i), inputs(i), step(channels));
        for (Index k = 0; k < products; ++k)
          kernels.template forward<S>(weights_.data() + k * weight_count, nullptr, channels,
                                      Filters, inputs(0, k), channels, count * tiles.count(),
                                      outputs(0, k), Filters);
        for (Index i = 0; i < count; ++i)
          kernels.template untile_outputs<S>(tiles, Filters, outputs(i), step(Filters), bias,
                                             y(first + i));
      });
    });
  }

  /// Computes dw and db and overwrites them or adds to them.
  void weight_gradient(Index events, const auto& x, const auto& dy, S* dw, S* db, bool add) {
    reserve();
    with_kernels(instructions, [&](auto kernels) {
      in_groups(events, [&](Index first, Index count) {
        for (Index i = 0; i < count; ++i) {
          kernels.template tile_inputs<S>(tiles, x(first + i), inputs(i), step(channels));
          kernels.template untile_outputs_gradient<S>(tiles, Filters, dy(first + i), outputs(i),
                                                      step(Filters));
        }
        // Product 7 is at the point (1, 1): the sum over the positions of a tile.
        for (Index k = 0; k < products; ++k)
          kernels.template weight_gradient<S>(outputs(0, k), Filters, inputs(0, k), channels,
                                              count * tiles.count(), channels, Filters,
                                              weights_.data() + k * weight_count,
                                              k == 7 ? sums_.data() : nullptr, first > 0);
      });
      kernels.template tile_weights_gradient<S>(tiles, channels, Filters, weights_.data(), dw, add);
      for (Index f = 0; f < Filters; ++f)
        db[f] = sums_[static_cast<std::size_t>(f)] + (add ? db[f] : S{0});
    });
  }

  /// Uses the weights of kernels.transpose_weights. give(event, f) calls f(dx of the event).
  void input_gradient(const S* transposed, Index events, const auto& dy, const auto& give) {
    reserve();
    with_kernels(instructions, [&](auto kernels) {
      kernels.template tile_weights<S>(tiles, Filters, channels, transposed, weights_.data());
      in_groups(events, [&](Index first, Index count) {
        for (Index i = 0; i < count; ++i)
          kernels.template untile_outputs_gradient<S>(tiles, Filters, dy(first + i), outputs(i),
                                                      step(Filters));
        for (Index k = 0; k < products; ++k)
          kernels.template forward<S>(weights_.data() + k * weight_count, nullptr, Filters,
                                      channels, outputs(0, k), Filters, count * tiles.count(),
                                      inputs(0, k), channels);
        for (Index i = 0; i < count; ++i)
          give(first + i, [&](S* dx) {
            kernels.template tile_inputs_gradient<S>(tiles, inputs(i), step(channels), dx);
          });
      });
    });
  }

 private:
  static constexpr Index products = 36, weight_count = channels * Filters;
  /// Images in a group.
  static constexpr Index group = std::max<Index>(32 / tiles.count(), 1);
  /// Elements from one product to the next: one cache line away from a power of two.
  static constexpr Index step(Index width) { return group * tiles.count() * width + 16; }

  S* inputs(Index image, Index product = 0) {
    return inputs_.data() + image * tiles.count() * channels + product * step(channels);
  }
  S* outputs(Index image, Index product = 0) {
    return outputs_.data() + image * tiles.count() * Filters + product * step(Filters);
  }
  void reserve() {
    weights_.resize(static_cast<std::size_t>(products * weight_count));
    sums_.resize(static_cast<std::size_t>(Filters));
    inputs_.resize(static_cast<std::size_t>(products * step(channels)));
    outputs_.resize(static_cast<std::size_t>(products * step(Filters)));
  }
  /// Calls f(first event, count).
  static void in_groups(Index events, const auto& f) {
    for (Index first = 0; first < events; first += group) f(first, std::min(group, events - first));
  }

  AlignedVector<S> weights_, sums_, inputs_, outputs_;
};

}  // namespace tributary::inline v0_1::detail
