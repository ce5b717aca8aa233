// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <tributary/core/aligned_vector.hpp>
#include <tributary/core/kernels.hpp>
#include <tributary/core/kernels/arguments.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/model/declarations.hpp>
#include <tributary/model/layer.hpp>
#include <tributary/model/shape.hpp>

namespace tributary::inline v0_1 {

template <Real S, class Layer, Shape Inputs>
struct MaxPool2DPart;

/// The maximum of each channel in a window of Size × Size that moves by Stride and stays inside the
/// image. Pixels at the far borders that no window covers are ignored. The gradient goes to the
/// first of equal values.
template <int Size, int Stride>
struct MaxPool2D {
  static_assert(Size > 0 && Stride > 0,
                "tributary: MaxPool2D<size, stride> needs positive numbers");
  static constexpr Index size = Size, stride = Stride;

  template <Real S, Shape Inputs>
  MaxPool2DPart<S, MaxPool2D, Inputs> make_part() const {
    return {};
  }
};

template <Real S, class Layer, Shape Inputs>
struct MaxPool2DPart {
  static_assert(Inputs.height >= Layer::size && Inputs.width >= Layer::size,
                "tributary: the window of a MaxPool2D is larger than the image that reaches it");
  static constexpr detail::Window window{.height = Inputs.height,
                                         .width = Inputs.width,
                                         .channels = Inputs.channels,
                                         .size = Layer::size,
                                         .stride = Layer::stride};
  static constexpr Shape outputs{window.rows(), window.columns(), window.channels};
  static constexpr Index parameter_count = 0;
  AlignedVector<S> scratch = {};

  void forward(const S*, const auto& x, auto& y) const {
    detail::with_kernels([&](auto kernels) {
      for (Index event = 0; event < x.cols(); ++event)
        kernels.template max_pool<S>(window, x.col(event).data(), y.col(event).data());
    });
  }
  void propagate(const S*, const auto& x, const auto& y, const auto& dy, auto& dx) {
    scratch.resize(static_cast<std::size_t>(window.channels));
    detail::with_kernels([&](auto kernels) {
      for (Index event = 0; event < x.cols(); ++event) {
        kernels.template max_pool_gradient<S>(window, x.col(event).data(), y.col(event).data(),
                                              dy.col(event).data(), dx.col(event).data(),
                                              scratch.data());
      }
    });
  }
};

}  // namespace tributary::inline v0_1
