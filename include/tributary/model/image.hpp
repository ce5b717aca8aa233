// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/core/vector.hpp>
#include <tributary/model/layer.hpp>
#include <tributary/model/shape.hpp>

namespace tributary::inline v0_1 {

/// Passes the values on in another shape.
template <Real S, Shape Outputs>
struct ReshapePart {
  static constexpr Shape outputs = Outputs;
  static constexpr Index parameter_count = 0;

  void forward(const S*, const auto& x, auto& y) const { y = x; }
  void propagate(const S*, const auto&, const auto&, const auto& dy, auto& dx) const { dx = dy; }
};

/// Declares that the features of an event are an image: row by row, with the channels of a pixel
/// side by side. A net of images begins with it:
///
///   Sequential net{Image<28, 28, 1>{}, Conv2D<32, 5>{}, Relu{}, MaxPool2D<2>{}, Flatten{},
///                  Dense<4608, 10>{}, SoftmaxCrossEntropy{}};
template <int Height, int Width, int Channels>
struct Image {
  static_assert(Height > 0 && Width > 0 && Channels > 0,
                "tributary: Image<height, width, channels> needs positive numbers");
  static constexpr Index inputs = Index{Height} * Width * Channels;

  template <Real S, Shape>
  ReshapePart<S, Shape{Height, Width, Channels}> make_part() const {
    return {};
  }
};

}  // namespace tributary::inline v0_1
