#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <tributary/core/kernels.hpp>
#include <tributary/core/simd.hpp>
#include <tributary/inference/detail/stages.hpp>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tributary::detail {
inline namespace TRIBUTARY_BUILD {

// NOLINTBEGIN(readability-duplicate-include)
namespace portable {
#include <tributary/inference/detail/forward.inl>
}  // namespace portable

#ifdef __x86_64__
namespace avx2 {
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
#include <tributary/inference/detail/forward.inl>
#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
}  // namespace avx2

namespace avx512 {
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma"))), \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,fma")
#endif
#include <tributary/inference/detail/forward.inl>
#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
}  // namespace avx512
#endif
// NOLINTEND(readability-duplicate-include)

}  // namespace TRIBUTARY_BUILD
}  // namespace tributary::detail
