// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/core/kernels.hpp>
#include <tributary/core/vector.hpp>

namespace tributary::inline v0_1::detail {

/// Whether no value is NaN or infinite, also with -ffast-math. It runs at memory speed.
template <Real S>
bool are_finite(const S* values, Index count) {
  return with_kernels([&](auto kernels) { return kernels.template are_finite<S>(count, values); });
}

}  // namespace tributary::inline v0_1::detail
