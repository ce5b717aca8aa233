// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/model/image.hpp>

namespace tributary::inline v0_1 {

/// An image to its numbers: row by row, and of each pixel its channels side by side.
struct Flatten {
  template <Real S, Shape Inputs>
  ReshapePart<S, Shape{Index{Inputs}}> make_part() const {
    return {};
  }
};

}  // namespace tributary::inline v0_1
