// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <tributary/core/vector.hpp>

namespace tributary::inline v0_1 {

/// Behavior of a window at the border of an image of n pixels in one direction, as in Keras.
enum class Padding {
  valid,  ///< The window stays inside: ⌊(n − size) / stride⌋ + 1 positions.
  same,   ///< ⌈n / stride⌉ positions, with zeros around the image; an odd one is at the end.
};

namespace detail {
/// Number of zeros around n pixels, half of them before.
constexpr Index border(Padding padding, Index n, Index size, Index stride) {
  if (padding == Padding::valid) return 0;
  const Index places = (n + stride - 1) / stride;
  return std::max<Index>((places - 1) * stride + size - n, 0);
}
}  // namespace detail

}  // namespace tributary::inline v0_1
