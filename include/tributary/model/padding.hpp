// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <tributary/core/vector.hpp>

namespace tributary::inline v0_1 {

/// What a window does at the border of an image of n pixels in a direction, as in Keras.
enum class Padding {
  valid,  ///< It stays inside: ⌊(n − size) / stride⌋ + 1 places.
  same,   ///< ⌈n / stride⌉ places, on zeros around the image, an odd one of them behind.
};

namespace detail {
/// Zeros around n pixels, half of them before.
constexpr Index border(Padding padding, Index n, Index size, Index stride) {
  if (padding == Padding::valid) return 0;
  const Index places = (n + stride - 1) / stride;
  return std::max<Index>((places - 1) * stride + size - n, 0);
}
}  // namespace detail

}  // namespace tributary::inline v0_1
