// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/core/philox.hpp>
#include <tributary/core/vector.hpp>

// The kernels take these. Units with different -march have them in common, for they call one library
// of compiled kernels. So every function here is inline even without optimization: a function of
// its own would be compiled for one of the units' instructions, and the linker would take it for all.

namespace tributary::inline v0_1::detail {

/// Dropout draws so many factors at once.
inline constexpr Index dropout_group = 2 * static_cast<Index>(Philox::group_size);

/// Where the inputs of a product lie: in `count` pieces of `length` numbers, from one of which to
/// the next there are `stride`.
struct Runs {
  Index length, count, stride;

  [[gnu::always_inline]] constexpr Runs(Index length_, Index count_ = 1, Index stride_ = 0)
      : length{length_}, count{count_}, stride{stride_} {}
};

/// A square window that moves over an image in steps of `stride`. Where it may be are `rows` ×
/// `columns` places; at one of them it has `size` runs of numbers, a line of the image apart.
struct Window {
  Index height, width, channels;  ///< Of the image, with channels side by side.
  Index size, stride;

  [[gnu::always_inline]] constexpr Index rows() const { return (height - size) / stride + 1; }
  [[gnu::always_inline]] constexpr Index columns() const { return (width - size) / stride + 1; }
  [[gnu::always_inline]] constexpr Index line() const { return width * channels; }
  [[gnu::always_inline]] constexpr Index image() const { return height * line(); }
  /// Numbers of the image before those of a place.
  [[gnu::always_inline]] constexpr Index at(Index row, Index column) const {
    return (row * line() + column * channels) * stride;
  }
  /// Numbers of a place before those of its pixel k.
  [[gnu::always_inline]] constexpr Index tap(Index k) const {
    return k / size * line() + k % size * channels;
  }
  [[gnu::always_inline]] constexpr Index taps() const { return size * size; }
  [[gnu::always_inline]] constexpr Runs runs() const { return {size * channels, size, line()}; }
};

/// Winograd's filtering F(n × n, Size × Size), n = 7 − Size (Lavin and Gray, "Fast algorithms for
/// convolutional neural networks", arXiv:1509.09308): the image is cut into tiles of 6 × 6 pixels
/// that overlap, each with n² places of the window, and
///
///   y = Aᵀ ((G w Gᵀ) ⊙ (Bᵀ x B)) A
///
/// of each tile takes 36 products a channel and a filter, where the definition takes n² Size².
/// Between the transforms these are 36 products of matrices, tiles × channels by channels × filters.
template <Index Size>
struct Tiles {
  static constexpr Index size = Size, step = 7 - Size;

  Window window;  ///< Of this size, and of stride 1.

  [[gnu::always_inline]] constexpr Index count() const {
    return (window.rows() + step - 1) / step * ((window.columns() + step - 1) / step);
  }
};

/// A mean that forgets, m ← kept m + gain x with gain = 1 − kept: what stays of m is
/// factor m + whole m. Where `kept` is near 1 its last digits are lost in S, and with them the sum of
/// both, but those of the gain are not; where it is small, 1 − gain has lost it.
template <class S>
struct Forgetting {
  S gain, factor, whole;

  [[gnu::always_inline]] explicit Forgetting(double kept)
      : gain{static_cast<S>(1 - kept)},
        factor{kept < 0.5 ? static_cast<S>(kept) : -gain},
        whole{kept < 0.5 ? S{0} : S{1}} {}
};

}  // namespace tributary::inline v0_1::detail
