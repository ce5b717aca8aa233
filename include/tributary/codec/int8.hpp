// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <tributary/codec/detail/bits.hpp>
#include <tributary/codec/detail/scaled_blocks.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/vector.hpp>

namespace tributary::inline v0_1 {

namespace detail {

struct Int8Digits {
  static constexpr auto name = "Int8";
  static constexpr Index bytes(Index count) { return count; }

  /// The largest magnitude divided by 127, rounded up to 16 binary digits. A product with 7 binary
  /// digits is then exact, so the bits do not depend on fused multiply-add.
  template <Real S>
  static float scale(const S* values, Index count) {
    const S largest = Eigen::Map<const Vector<S>>{values, count}.cwiseAbs().maxCoeff();
    const auto exact = static_cast<float>(std::min<S>(largest / 127, largest_scale));
    const auto bits = (std::bit_cast<std::uint32_t>(exact) + 0xff) & ~std::uint32_t{0xff};
    return std::max(std::bit_cast<float>(bits), std::numeric_limits<float>::min());
  }
  template <Real S>
  static void encode(S* values, Index count, S scale, std::byte* to) {
    constexpr S magic = S(1.5) / std::numeric_limits<S>::epsilon();  // its last bit is 1
    constexpr auto zero = std::bit_cast<FloatBits<S>>(magic);
    for (Index i = 0; i < count; ++i) {
      // The sum rounds to an integer, in the precision of S, as its bits are used.
      const S sum = saturate(values[i] / scale, S{127}) + magic;
      const auto nearest = static_cast<std::int32_t>(std::bit_cast<FloatBits<S>>(sum) - zero);
      to[i] = static_cast<std::byte>(nearest);
      values[i] -= static_cast<S>(nearest) * scale;
    }
  }
  template <Real S>
  static void decode(const std::byte* from, Index count, S scale, S* to) {
    for (Index i = 0; i < count; ++i)
      to[i] = static_cast<S>(static_cast<std::int8_t>(from[i])) * scale;
  }
};

}  // namespace detail

/// One byte an element: the nearest integer in [−127, 127] after division by the scale, which is
/// the block's largest magnitude / 127.
using Int8 = ScaledBlocks<detail::Int8Digits>;

}  // namespace tributary::inline v0_1
