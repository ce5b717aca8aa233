// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/core/vector.hpp>
#include <tributary/model/image.hpp>
#include <tributary/model/shape.hpp>

namespace tributary::inline v0_1 {

/// An image as a vector: row by row, with the channels of a pixel side by side.
struct Flatten {
  template <Real S, Shape Inputs>
  ReshapePart<S, Shape{Index{Inputs}}> make_part() const {
    return {};
  }
};

}  // namespace tributary::inline v0_1
