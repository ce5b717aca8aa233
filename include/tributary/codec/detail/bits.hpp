// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstdint>
#include <limits>
#include <tributary/core/vector.hpp>
#include <type_traits>

// Arithmetic on the bits of values. Compilers vectorize it, unlike branches around floating-point
// operations, and it is also well defined for values that are not finite.

namespace tributary::inline v0_1::detail {

template <Real S>
using BitsOf = std::conditional_t<std::same_as<S, float>, std::int32_t, std::int64_t>;

/// An integer that grows with |x|.
template <Real S>
constexpr BitsOf<S> magnitude_bits(S x) {
  return std::bit_cast<BitsOf<S>>(x) & std::numeric_limits<BitsOf<S>>::max();
}
template <Real S>
constexpr BitsOf<S> sign_bit(S x) {
  return std::bit_cast<BitsOf<S>>(x) & std::numeric_limits<BitsOf<S>>::min();
}
/// Clamps x to ±most.
template <Real S>
constexpr S saturate(S x, S most) {
  return std::bit_cast<S>(std::min(magnitude_bits(x), magnitude_bits(most)) | sign_bit(x));
}
template <std::signed_integral Bits>
constexpr Bits choose(bool first, Bits a, Bits b) {
  return b ^ ((a ^ b) & -Bits{first});
}

}  // namespace tributary::inline v0_1::detail
