// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/core/build.hpp>

// Functions between these two lines are compiled for these instruction sets, for any compiler
// flags.
#define TRIBUTARY_PRAGMA(text) _Pragma(#text)
#ifdef __clang__
#define TRIBUTARY_BEGIN_TARGET(sets) \
  TRIBUTARY_PRAGMA(clang attribute push(__attribute__((target(sets))), apply_to = function))
#define TRIBUTARY_END_TARGET _Pragma("clang attribute pop")
#else
#define TRIBUTARY_BEGIN_TARGET(sets) _Pragma("GCC push_options") TRIBUTARY_PRAGMA(GCC target(sets))
#define TRIBUTARY_END_TARGET _Pragma("GCC pop_options")
#endif

namespace tributary::inline v0_1 {

/// Instruction sets of the library's kernels, for any compiler flags.
enum class Simd {
  portable,  ///< Vectors of 16 bytes: SSE2, NEON, or the compiler's substitute.
  avx2,      ///< AVX2 and FMA.
  avx512,    ///< AVX-512 F, BW, DQ and VL.
};

inline namespace TRIBUTARY_BUILD {

/// The best instruction set that this CPU and its operating system support.
inline Simd simd() noexcept {
#ifdef __x86_64__
  static const Simd best = [] {
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return Simd::portable;
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    return avx512 ? Simd::avx512 : Simd::avx2;
  }();
  return best;
#else
  return Simd::portable;
#endif
}

}  // namespace TRIBUTARY_BUILD

}  // namespace tributary::inline v0_1
