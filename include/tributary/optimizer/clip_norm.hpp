// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/optimizer/clipped.hpp>

namespace tributary::inline v0_1 {

/// g ← g · max / ‖g‖ for ‖g‖ > max. The norm is that of all parameters together, like Keras'
/// global_clipnorm and PyTorch's clip_grad_norm_ (Pascanu, Mikolov, Bengio, arXiv:1211.5063,
/// algorithm 1). A gradient that is not finite stays so. At a sharded center it is the norm of the
/// shard.
struct ClipNorm {
  double max = 1;

  template <Real S>
  void clip(View<S> gradient) const {
    // In double, as a float max / norm may be denormal for a large norm, and be flushed to 0.
    const auto exact = gradient.template cast<double>();
    const double norm = std::sqrt(exact.squaredNorm());
    if (is_infinite(norm)) {  // its square overflowed
      constexpr double scale = 0x1p-600;
      const Vector<double> small = exact * scale;
      const double small_norm = small.norm();
      if (!(small_norm <= max * scale)) gradient = (small * (max / small_norm)).template cast<S>();
    } else if (norm > max) {
      gradient = (exact * (max / norm)).template cast<S>();
    }
  }
  void validate() const { require(max > 0, "ClipNorm::max", max, "positive"); }
};

}  // namespace tributary::inline v0_1
