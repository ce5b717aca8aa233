#pragma once

#include <cmath>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/optimizer/clipped.hpp>

namespace tributary {

/// g ← g · max / ‖g‖ where ‖g‖ > max: the norm of all parameters together, as Keras' global_clipnorm
/// and PyTorch's clip_grad_norm_ (Pascanu, Mikolov, Bengio, arXiv:1211.5063, algorithm 1).
/// A gradient that is not finite stays so. At a center in shards it is the norm of the shard.
struct ClipNorm {
  double max = 1;

  template <Real S>
  void clip(View<S> gradient) const {
    double norm = std::sqrt(gradient.template cast<double>().squaredNorm());
    if (is_infinite(norm)) norm = static_cast<double>(gradient.stableNorm());  // its square was
    if (norm > max) gradient *= static_cast<S>(max / norm);
  }
  void validate() const { require(max > 0, "ClipNorm::max", max, "positive"); }
};
static_assert(GradientClip<ClipNorm, float> && GradientClip<ClipNorm, double>);

}  // namespace tributary
