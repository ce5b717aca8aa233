// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <tributary/codec/floating_point.hpp>
#include <tributary/core/build.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/kernels.hpp>
#include <tributary/core/kernels/arguments.hpp>
#include <tributary/core/simd.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/inference/detail/stages.hpp>
#include <tributary/model/declarations.hpp>
#include <tributary/model/padding.hpp>
#include <tributary/model/shape.hpp>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tributary::inline v0_1::detail {
inline namespace TRIBUTARY_BUILD {

// NOLINTBEGIN(readability-duplicate-include)
namespace portable {
#include <tributary/inference/detail/forward.inl>
}  // namespace portable

#ifdef __x86_64__
namespace avx2 {
TRIBUTARY_BEGIN_TARGET("avx2,fma")
#include <tributary/inference/detail/forward.inl>
TRIBUTARY_END_TARGET
}  // namespace avx2

namespace avx512 {
TRIBUTARY_BEGIN_TARGET("avx512f,avx512bw,avx512dq,avx512vl,fma")
#include <tributary/inference/detail/forward.inl>
TRIBUTARY_END_TARGET
}  // namespace avx512
#endif
// NOLINTEND(readability-duplicate-include)

}  // namespace TRIBUTARY_BUILD
}  // namespace tributary::inline v0_1::detail
