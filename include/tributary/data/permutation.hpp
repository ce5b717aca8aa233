// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <tributary/core/random.hpp>

namespace tributary::inline v0_1 {

/// The numbers from 0 to before `size` in an order that a seed draws. Nothing of it is stored: what
/// is at a position is computed, in some 30 ns.
///
/// A Feistel network over pairs (high, low) < (b, 2^k), b 2^k >= size, in which each round adds to
/// one half a random function of the other, so that it is a permutation whatever the function;
/// from a number beyond `size` it goes on to the next (Black and Rogaway, "Ciphers with arbitrary
/// finite domains", CT-RSA 2002, section 4). Small sets take more rounds: they have few functions.
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
    std::uint64_t number = position;
    do number = next(number);
    while (number >= size_);
    return number;
  }

 private:
  std::uint64_t next(std::uint64_t number) const noexcept {
    const std::uint64_t mask = (std::uint64_t{1} << bits_) - 1;
    std::uint64_t low = number & mask, high = number >> bits_;
    for (std::size_t round = 0; round < rounds_; round += 2) {
      low = (low + draw(high, keys_[round])) & mask;
      high += draw(low, keys_[round + 1]) * highs_ >> 32;
      if (high >= highs_) high -= highs_;
    }
    return high << bits_ | low;
  }
  /// 32 random bits of a number and a key.
  static std::uint64_t draw(std::uint64_t number, std::uint64_t key) noexcept {
    std::uint64_t x = (number + key) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 32)) * 0x94d049bb133111eb;
    return x >> 32;
  }

  std::size_t size_;
  unsigned bits_;        ///< Of the low half.
  std::uint64_t highs_;  ///< Values of the high half, at most 2^32.
  std::size_t rounds_;
  std::array<std::uint64_t, 24> keys_ = {};
};

}  // namespace tributary::inline v0_1
