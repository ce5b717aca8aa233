// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <tributary/core/vector.hpp>
#include <tributary/model/cross_entropy.hpp>
#include <tributary/model/layer.hpp>
#include <tributary/model/shape.hpp>

namespace tributary::inline v0_1 {

template <Real S, Shape Inputs>
struct SoftmaxPart;

/// y = softmax(x) inside a net, over all values of an event. For the end of a classifier use
/// SoftmaxCrossEntropy, which includes it.
struct Softmax {
  template <Real S, Shape Inputs>
  SoftmaxPart<S, Inputs> make_part() const {
    return {};
  }
};

template <Real S, Shape Inputs>
struct SoftmaxPart {
  static_assert(Inputs.height * Inputs.width == 1,
                "tributary: Softmax normalizes all values of an event: flatten an image before it");
  static constexpr Shape outputs = Inputs;
  static constexpr Index parameter_count = 0;

  void forward(const S*, const auto& x, auto& y) const {
    y = x;
    for (Index event = 0; event < y.cols(); ++event)
      SoftmaxCrossEntropy{}.activate(
          std::span<S>{y.col(event).data(), static_cast<std::size_t>(Index{Inputs})});
  }
  /// dL/dxᵢ = yᵢ (dL/dyᵢ − Σₖ yₖ dL/dyₖ).
  void propagate(const S*, const auto&, const auto& y, const auto& dy, auto& dx) const {
    for (Index event = 0; event < y.cols(); ++event) {
      const S mean = y.col(event).dot(dy.col(event));
      dx.col(event) = y.col(event).array() * (dy.col(event).array() - mean);
    }
  }
};

}  // namespace tributary::inline v0_1
