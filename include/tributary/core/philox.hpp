// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace tributary::inline v0_1 {

/// Philox4x32-10, a counter-based generator. The values are a function of key and counter alone, so
/// they can be drawn in any order on any machine without a stored state. Salmon, Moraes, Dror,
/// Shaw, "Parallel random values: as easy as 1, 2, 3", SC 2011, section 3.3.
struct Philox {
  using Counter = std::array<std::uint32_t, 4>;
  using Key = std::array<std::uint32_t, 2>;

  static constexpr std::size_t lanes = 16;
  static constexpr std::size_t group_size = 4 * lanes;  ///< Number of values that group() writes.

  /// Four values.
  static constexpr Counter block(Counter counter, Key key) noexcept {
    return rounds(counter, key, std::make_index_sequence<10>{});
  }

  /// The values 64 index … 64 index + 63 of one of the 2⁶⁴ streams of `key`: word w of the counter
  /// {16 index + lane, 0, stream} is value 16 w + lane. Each SIMD lane has one counter. This order
  /// is part of the definition, independent of instruction sets.
  static void group(std::uint64_t key, std::uint64_t stream, std::uint32_t index,
                    std::span<std::uint32_t, group_size> out) noexcept {
    const Key halves{low(key), high(key)};
    const std::uint32_t first = index * static_cast<std::uint32_t>(lanes);
    std::uint32_t* const words = out.data();
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const Counter drawn =
          block({first + static_cast<std::uint32_t>(lane), 0, low(stream), high(stream)}, halves);
      words[lane] = drawn[0];
      words[lane + lanes] = drawn[1];
      words[lane + 2 * lanes] = drawn[2];
      words[lane + 3 * lanes] = drawn[3];
    }
  }

  /// The first out.size() values of a stream, at most 2³⁸.
  static void fill(std::uint64_t key, std::uint64_t stream, std::span<std::uint32_t> out) noexcept {
    std::array<std::uint32_t, group_size> values;
    std::uint32_t index = 0;
    for (; !out.empty(); out = out.subspan(std::min(out.size(), group_size))) {
      group(key, stream, index++, values);
      std::copy_n(values.begin(), std::min(out.size(), group_size), out.begin());
    }
  }

 private:
  static constexpr std::uint32_t low(std::uint64_t x) noexcept {
    return static_cast<std::uint32_t>(x);
  }
  static constexpr std::uint32_t high(std::uint64_t x) noexcept {
    return static_cast<std::uint32_t>(x >> 32);
  }

  static constexpr Counter round(const Counter& c, std::uint32_t key_0,
                                 std::uint32_t key_1) noexcept {
    const std::uint64_t product_0 = std::uint64_t{0xD2511F53} * c[0];
    const std::uint64_t product_1 = std::uint64_t{0xCD9E8D57} * c[2];
    return {high(product_1) ^ c[1] ^ key_0, low(product_1), high(product_0) ^ c[3] ^ key_1,
            low(product_0)};
  }

  // A fold instead of a loop: compilers vectorize over the lanes only without an inner loop.
  template <std::size_t... R>
  static constexpr Counter rounds(Counter c, Key key, std::index_sequence<R...>) noexcept {
    ((c = round(c, key[0] + static_cast<std::uint32_t>(R) * 0x9E3779B9,
                key[1] + static_cast<std::uint32_t>(R) * 0xBB67AE85)),
     ...);
    return c;
  }
};

}  // namespace tributary::inline v0_1
