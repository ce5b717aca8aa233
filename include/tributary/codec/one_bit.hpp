// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <tributary/codec/detail/scaled_blocks.hpp>
#include <tributary/core/vector.hpp>

namespace tributary::inline v0_1 {

namespace detail {

struct OneBitDigits {
  static constexpr auto name = "OneBit";
  static constexpr bool for_differences = true;
  static constexpr Index bytes(Index count) { return (count + 7) / 8; }

  /// The mean magnitude, in eight sums on every CPU.
  template <Real S>
  static float scale(const S* values, Index count) {
    std::array<S, 8> sums{};
    each_byte(count, [&](Index byte, Index bits) {
      for (Index k = 0; k < bits; ++k)
        sums[static_cast<std::size_t>(k)] += std::abs(values[8 * byte + k]);
    });
    const S mean = std::accumulate(sums.begin(), sums.end(), S{0}) / static_cast<S>(count);
    return static_cast<float>(std::min<S>(mean, largest_scale));
  }
  template <Real S>
  static void encode(S* values, Index count, S scale, std::byte* to) {
    each_byte(count, [&](Index byte, Index bits) {
      unsigned negative = 0;
      for (Index k = 0; k < bits; ++k) {
        S& x = values[8 * byte + k];
        negative |= unsigned{x < 0} << k;
        x -= x < 0 ? -scale : scale;
      }
      to[byte] = static_cast<std::byte>(negative);
    });
  }
  template <Real S>
  static void decode(const std::byte* from, Index count, S scale, S* to) {
    const std::array<S, 2> values{scale, -scale};
    each_byte(count, [&](Index byte, Index bits) {
      const auto negative = std::to_integer<unsigned>(from[byte]);
      for (Index k = 0; k < bits; ++k) to[8 * byte + k] = values[negative >> k & 1];
    });
  }

 private:
  /// Calls act(byte, bits) with bits = 8 as a constant, except for a remainder at the end.
  template <class Act>
  static void each_byte(Index count, const Act& act) {
    for (Index byte = 0; byte < count / 8; ++byte) act(byte, Index{8});
    if (count % 8) act(count / 8, count % 8);
  }
};

}  // namespace detail

/// One bit an element, its sign, with the lowest bit of a byte first. The scale is the block's mean
/// magnitude:
///   x ≈ mean |x| · sign x.
/// 1-bit SGD of Seide et al. (Interspeech 2014), who have one mean for each sign, in the form of
/// Karimireddy et al. (arXiv:1901.09847, Algorithm 1).
///
/// For differences only: the residual of parameters would be as large as they are.
using OneBit = ScaledBlocks<detail::OneBitDigits>;

}  // namespace tributary::inline v0_1
