// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/core/kernels.hpp>
#include <tributary/core/vector.hpp>

namespace tributary::inline v0_1::detail {

/// Whether none is NaN or infinite, also under -ffast-math. As fast as the numbers can be read.
template <Real S>
bool are_finite(const S* numbers, Index count) {
  return with_kernels([&](auto kernels) { return kernels.template are_finite<S>(count, numbers); });
}

}  // namespace tributary::inline v0_1::detail
