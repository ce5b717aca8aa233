// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/core/vector.hpp>

namespace tributary::inline v0_1 {

/// What reaches a layer, or leaves it, of one event: an image whose channels lie side by side, then
/// its columns, then its rows. n numbers without any order are 1 × 1 × n, and a shape is its number
/// of numbers where only that counts.
struct Shape {
  Index height = 1;
  Index width = 1;
  Index channels = 1;

  constexpr Shape(Index numbers) : channels{numbers} {}
  constexpr Shape(Index height_, Index width_, Index channels_)
      : height{height_}, width{width_}, channels{channels_} {}
  constexpr operator Index() const { return height * width * channels; }
};

}  // namespace tributary::inline v0_1
