#pragma once

#include <tributary/core/build.hpp>

namespace tributary {

/// The instruction sets that our own kernels are compiled for, whatever the compiler's flags say.
enum class Simd {
  portable,  ///< Vectors of 16 bytes: SSE2, NEON, or what the compiler makes of them.
  avx2,      ///< AVX2 and FMA.
  avx512,    ///< AVX-512 F, BW, DQ and VL.
};

inline namespace TRIBUTARY_BUILD {

/// The best one that this CPU and its operating system have.
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

}  // namespace tributary
