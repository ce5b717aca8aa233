// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

// Tests for NaN and infinity by the bits of a value: with -ffast-math or -Ofast compilers treat
// std::isnan, std::isfinite and x != x as constants. The library does not use those.

#if defined(__clang__) && defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__
#error \
    "tributary: with -ffast-math or -Ofast Clang discards each NaN that a function gets or returns, such as a missing feature; add -fno-finite-math-only after it"
#endif

namespace tributary::inline v0_1 {
namespace detail {

template <class S>
concept HasFloatBits = std::same_as<S, float> || std::same_as<S, double>;
template <HasFloatBits S>
using FloatBits = std::conditional_t<std::same_as<S, float>, std::uint32_t, std::uint64_t>;
/// The bits of infinity: finite values have smaller magnitudes, NaN larger ones.
template <HasFloatBits S>
inline constexpr auto infinity_bits =
    std::bit_cast<FloatBits<S>>(std::numeric_limits<S>::infinity());

/// The bits of the magnitude.
template <HasFloatBits S>
FloatBits<S> unsigned_bits(const S& x) noexcept {
  auto bits = std::bit_cast<FloatBits<S>>(x);
  // Hides the origin of the value, from which a compiler might conclude that it is finite.
#ifdef __GNUC__
  asm("" : "+rm"(bits));
#else
  const volatile auto opaque = bits;
  bits = opaque;
#endif
  return bits & ~(FloatBits<S>{1} << (8 * sizeof(S) - 1));
}

}  // namespace detail

template <detail::HasFloatBits S>
bool is_nan(const S& x) noexcept {
  return detail::unsigned_bits(x) > detail::infinity_bits<S>;
}
template <detail::HasFloatBits S>
bool is_infinite(const S& x) noexcept {
  return detail::unsigned_bits(x) == detail::infinity_bits<S>;
}
template <detail::HasFloatBits S>
bool is_finite(const S& x) noexcept {
  return detail::unsigned_bits(x) < detail::infinity_bits<S>;
}

/// For a span, or a vector or matrix of Eigen without gaps.
bool has_nan(const auto& values) noexcept {
  const auto* const first = values.data();
  return std::any_of(first, first + values.size(), [](const auto& x) { return is_nan(x); });
}

}  // namespace tributary::inline v0_1
