// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/optimizer/clipped.hpp>

namespace tributary::inline v0_1 {

/// g ← min(max(g, −max), max), element by element. NaN stays NaN.
struct ClipValue {
  static constexpr bool separable = true;
  double max = 1;

  template <Real S>
  void clip(View<S> gradient) const {
    const S limit = static_cast<S>(max);
    gradient = gradient.unaryExpr([limit](S g) { return std::clamp(g, -limit, limit); });
  }
  void validate() const { require(max > 0, "ClipValue::max", max, "positive"); }
};

}  // namespace tributary::inline v0_1
