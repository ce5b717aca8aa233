// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/core/philox.hpp>
#include <tributary/core/vector.hpp>

// Arguments of kernels. Files compiled with different -march share them, as they call one library
// of compiled kernels. Every function here is therefore inlined even without optimization.
// Otherwise it would be compiled for the instructions of one file, and the linker would use that
// for all.

namespace tributary::inline v0_1::detail {

/// Number of factors that dropout draws at once.
inline constexpr Index dropout_group = 2 * static_cast<Index>(Philox::group_size);

/// Positions of a product's inputs: `count` runs of `length` elements, `stride` elements apart.
struct Runs {
  Index length, count, stride;

  [[gnu::always_inline]] constexpr Runs(Index length_, Index count_ = 1, Index stride_ = 0)
      : length{length_}, count{count_}, stride{stride_} {}
};

/// A square window that moves over an image in steps of `stride`. It has `rows` × `columns`
/// positions. At each, it covers `size` runs of elements, one row of the image apart.
struct Window {
  Index height, width, channels;  ///< The image; channels vary fastest.
  Index size, stride;

  [[gnu::always_inline]] constexpr Index rows() const { return (height - size) / stride + 1; }
  [[gnu::always_inline]] constexpr Index columns() const { return (width - size) / stride + 1; }
  [[gnu::always_inline]] constexpr Index line() const { return width * channels; }
  [[gnu::always_inline]] constexpr Index image() const { return height * line(); }
  /// Offset of a window position in the image.
  [[gnu::always_inline]] constexpr Index at(Index row, Index column) const {
    return (row * line() + column * channels) * stride;
  }
  /// Offset of pixel k within a window.
  [[gnu::always_inline]] constexpr Index tap(Index k) const {
    return k / size * line() + k % size * channels;
  }
  [[gnu::always_inline]] constexpr Index taps() const { return size * size; }
  [[gnu::always_inline]] constexpr Runs runs() const { return {size * channels, size, line()}; }
};

/// Winograd's filtering F(n × n, Size × Size), n = 7 − Size (Lavin and Gray, "Fast algorithms for
/// convolutional neural networks", arXiv:1509.09308). The image is cut into overlapping tiles of 6
/// × 6 pixels, each with n² positions of the window. For each tile,
///
///   y = Aᵀ ((G w Gᵀ) ⊙ (Bᵀ x B)) A
///
/// takes 36 products a channel and a filter, where the definition takes n² Size². Between the
/// transforms, these are 36 matrix products, tiles × channels by channels × filters.
template <Index Size>
struct Tiles {
  static constexpr Index size = Size, step = 7 - Size;

  Window window;  ///< It has this size, and stride 1.

  [[gnu::always_inline]] constexpr Index count() const {
    return (window.rows() + step - 1) / step * ((window.columns() + step - 1) / step);
  }
};

/// A moving average, m ← kept m + gain x with gain = 1 − kept. The part kept is factor m + whole m.
/// For `kept` near 1, rounding to S would lose its last digits, but not those of the gain; for a
/// small one, 1 − gain would lose them.
template <class S>
struct Forgetting {
  S gain, factor, whole;

  [[gnu::always_inline]] explicit Forgetting(double kept)
      : gain{static_cast<S>(1 - kept)},
        factor{kept < 0.5 ? static_cast<S>(kept) : -gain},
        whole{kept < 0.5 ? S{0} : S{1}} {}
};

}  // namespace tributary::inline v0_1::detail
