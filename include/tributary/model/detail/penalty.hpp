// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/core/vector.hpp>

namespace tributary::inline v0_1::detail {

/// l1 Σ|w| + l2 Σw². Its gradient is added to dw.
template <Real S>
Loss add_penalty(double l1, double l2, Index count, const S* weights, S* dw) {
  if (l1 == 0 && l2 == 0) return 0;
  const Eigen::Map<const Vector<S>> w{weights, count};
  Eigen::Map<Vector<S>>{dw, count} +=
      static_cast<S>(l1) * w.cwiseSign() + static_cast<S>(2 * l2) * w;
  return l1 * static_cast<Loss>(w.cwiseAbs().sum()) + l2 * static_cast<Loss>(w.squaredNorm());
}

}  // namespace tributary::inline v0_1::detail
