// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <tributary/core/random.hpp>

namespace tributary::inline v0_1 {

/// A permutation of the integers from 0 to size - 1, drawn from a seed. It is not stored: an
/// element is computed when needed, in about 30 ns.
///
/// A Feistel network over pairs (high, low) < (b, 2^k) with b 2^k >= size. Each round adds to one
/// half a random function of the other, so the network is a permutation for any function. Values
/// beyond `size` are mapped again until they are below it (Black and Rogaway, "Ciphers with
/// arbitrary finite domains", CT-RSA 2002, section 4). Small sets have few such functions and need
/// more rounds.
class Permutation {
 public:
  Permutation(std::size_t size, Seed seed)
      : size_{size},
        bits_{static_cast<unsigned>(std::bit_width(size - 1)) / 2},
        highs_{((std::uint64_t{size} - 1) >> bits_) + 1},
        rounds_{size < 256 ? std::size_t{24} : std::size_t{8}} {
    for (std::size_t round = 0; round < rounds_; ++round)
      keys_[round] = Seed::mix(seed.value + round);
  }

  std::size_t size() const noexcept { return size_; }
  /// position < size()
  std::size_t operator[](std::size_t position) const noexcept {
    std::uint64_t value = position;
    do value = next(value);
    while (value >= size_);
    return value;
  }

 private:
  std::uint64_t next(std::uint64_t value) const noexcept {
    const std::uint64_t mask = (std::uint64_t{1} << bits_) - 1;
    std::uint64_t low = value & mask, high = value >> bits_;
    for (std::size_t round = 0; round < rounds_; round += 2) {
      low = (low + draw(high, keys_[round])) & mask;
      high += draw(low, keys_[round + 1]) * highs_ >> 32;
      if (high >= highs_) high -= highs_;
    }
    return high << bits_ | low;
  }
  /// 32 random bits of a value and a key.
  static std::uint64_t draw(std::uint64_t value, std::uint64_t key) noexcept {
    std::uint64_t x = (value + key) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 32)) * 0x94d049bb133111eb;
    return x >> 32;
  }

  std::size_t size_;
  unsigned bits_;        ///< Bits of the low half.
  std::uint64_t highs_;  ///< Number of values of the high half, at most 2^32.
  std::size_t rounds_;
  std::array<std::uint64_t, 24> keys_ = {};
};

}  // namespace tributary::inline v0_1
