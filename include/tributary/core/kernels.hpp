// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <tributary/core/build.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/kernels/arguments.hpp>
#include <tributary/core/kernels/compiled.hpp>
#include <tributary/core/philox.hpp>
#include <tributary/core/simd.hpp>
#include <tributary/core/vector.hpp>
#include <type_traits>
#include <utility>

// Operations that Eigen lacks or does more slowly. They are written once for vectors of any size
// and compiled for each instruction set of Simd, so a program is as fast without -march as with it.
// The choice is made at run time, once a call.

namespace tributary::inline v0_1::detail {
inline namespace TRIBUTARY_BUILD {

/// A dense layer has its weights in panels of this many outputs, for all vector sizes.
inline constexpr Index panel = 32;

/// Offset of W(output, input): in panels of 32 outputs, the last one narrower, and within a panel
/// by columns.
constexpr Index place_in_panels(Index output, Index input, Index inputs, Index outputs) {
  const Index first = output / panel * panel;
  return first * inputs + input * std::min(panel, outputs - first) + output - first;
}

template <std::size_t Rows, std::size_t Columns>
using Constants = std::array<std::array<double, Columns>, Rows>;

/// Bᵀ: polynomials that are 0 at all but one of the points 0, 1, −1, 2, −2 and ∞.
inline constexpr Constants<6, 6> winograd_inputs{{{4, 0, -5, 0, 1, 0},
                                                  {0, -4, -4, 1, 1, 0},
                                                  {0, 4, -4, -1, 1, 0},
                                                  {0, -2, -1, 2, 1, 0},
                                                  {0, 2, -1, -2, 1, 0},
                                                  {0, 4, 0, -5, 0, 1}}};
/// A: powers of the points.
template <Index Count>
inline constexpr auto winograd_powers = [] {
  constexpr std::array<double, 5> points{0, 1, -1, 2, -2};
  Constants<6, std::size_t{Count}> powers{};
  for (std::size_t i = 0; i < 5; ++i) {
    double power = 1;
    for (std::size_t j = 0; j < Count; ++j, power *= points[i]) powers[i][j] = power;
  }
  powers[5][Count - 1] = 1;
  return powers;
}();
/// G: powers of the points divided by the values of the polynomials there.
template <Index Count>
inline constexpr auto winograd_weights = [] {
  constexpr std::array<double, 6> values{4, -6, -6, 24, 24, 1};
  Constants<6, std::size_t{Count}> weights = winograd_powers<Count>;
  for (std::size_t i = 0; i < 6; ++i)
    for (double& weight : weights[i]) weight /= values[i];
  return weights;
}();
template <const auto& M>
inline constexpr auto transposed = [] {
  Constants<M[0].size(), M.size()> result{};
  for (std::size_t i = 0; i < M.size(); ++i)
    for (std::size_t j = 0; j < M[0].size(); ++j) result[j][i] = M[i][j];
  return result;
}();

// NOLINTBEGIN(readability-duplicate-include)
namespace portable {
inline constexpr std::size_t vector_bytes = 16;
inline constexpr int few_rows = 4, many_rows = 4;
#include <tributary/core/kernels/all.inl>
}  // namespace portable

#ifdef __x86_64__
namespace avx2 {
TRIBUTARY_BEGIN_TARGET("avx2,fma")
inline constexpr std::size_t vector_bytes = 32;
inline constexpr int few_rows = 4, many_rows = 6;
#include <tributary/core/kernels/all.inl>
TRIBUTARY_END_TARGET
}  // namespace avx2

namespace avx512 {
TRIBUTARY_BEGIN_TARGET("avx512f,avx512bw,avx512dq,avx512vl,fma")
inline constexpr std::size_t vector_bytes = 64;
inline constexpr int few_rows = 8, many_rows = 10;
#include <tributary/core/kernels/all.inl>
TRIBUTARY_END_TARGET
}  // namespace avx512
#endif

// NOLINTEND(readability-duplicate-include)

/// Calls f with the inline kernels of one instruction set, which this CPU must support.
template <class F>
decltype(auto) with_inline_kernels(Simd instructions, const F& f) {
#ifdef __x86_64__
  if (instructions == Simd::avx512) return f(avx512::Kernels{});
  if (instructions == Simd::avx2) return f(avx2::Kernels{});
#else
  static_cast<void>(instructions);
#endif
  return f(portable::Kernels{});
}
/// Calls f with the kernels of one instruction set, from the library tributary::compiled if it is
/// used.
template <class F>
decltype(auto) with_kernels(Simd instructions, const F& f) {
#ifdef TRIBUTARY_COMPILED
  return f(CompiledKernels{instructions});
#else
  return with_inline_kernels(instructions, f);
#endif
}
/// Calls f with the best kernels for this CPU.
template <class F>
decltype(auto) with_kernels(const F& f) {
  return with_kernels(simd(), f);
}

}  // namespace TRIBUTARY_BUILD
}  // namespace tributary::inline v0_1::detail
