// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/core/vector.hpp>

namespace tributary::inline v0_1 {

/// The input or output of a layer for one event: an image whose channels vary fastest, then its
/// columns, then its rows. A vector of n elements is 1 × 1 × n. A shape converts to its number of
/// elements.
struct Shape {
  Index height = 1;
  Index width = 1;
  Index channels = 1;

  constexpr Shape(Index elements) : channels{elements} {}
  constexpr Shape(Index height_, Index width_, Index channels_)
      : height{height_}, width{width_}, channels{channels_} {}
  constexpr operator Index() const { return height * width * channels; }
};

}  // namespace tributary::inline v0_1
