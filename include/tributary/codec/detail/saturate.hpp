#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstdint>
#include <limits>
#include <tributary/core/vector.hpp>
#include <type_traits>

namespace tributary::detail {

template <Real S>
using BitsOf = std::conditional_t<std::same_as<S, float>, std::int32_t, std::int64_t>;

/// x within ±most. And a choice between two numbers. Both by their bits, for compilers vectorise
/// that, and not branches around arithmetic.
template <Real S>
constexpr S saturate(S x, S most) {
  using Bits = BitsOf<S>;
  const auto bits = std::bit_cast<Bits>(x);
  const Bits magnitude = bits & std::numeric_limits<Bits>::max();
  return std::bit_cast<S>(std::min(magnitude, std::bit_cast<Bits>(most)) |
                          (bits & std::numeric_limits<Bits>::min()));
}
template <std::signed_integral Bits>
constexpr Bits choose(bool first, Bits a, Bits b) {
  return b ^ ((a ^ b) & -Bits{first});
}

}  // namespace tributary::detail
