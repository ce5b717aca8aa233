// SPDX-License-Identifier: Apache-2.0
// Test for finite values. kernels.hpp includes this once for each instruction set.

struct Finite {
  /// Uses bits, so that it is right with -ffast-math: infinity and NaN have all bits of the
  /// exponent set, and adding the lowest of them carries into the sign.
  template <class S>
  static bool are_finite(Index count, const S* numbers) {
    using Bits = std::conditional_t<sizeof(S) == 4, std::uint32_t, std::uint64_t>;
    constexpr Bits lowest = Bits{1} << (std::numeric_limits<S>::digits - 1);
    constexpr Bits sign = Bits{1} << (8 * sizeof(S) - 1);
    const auto* const bits = reinterpret_cast<const Bits*>(numbers);  // load() may alias
    V<Bits> first{}, second{};
    Index i = 0;
    for (; i + 2 * lanes<Bits> <= count; i += 2 * lanes<Bits>) {
      first |= (load<Bits>(bits + i) & ~sign) + lowest;
      second |= (load<Bits>(bits + i + lanes<Bits>) & ~sign) + lowest;
    }
    first |= second;
    Bits any = 0;
    for (Index k = 0; k < lanes<Bits>; ++k) any |= first[k];
    for (; i < count; ++i) any |= (std::bit_cast<Bits>(numbers[i]) & ~sign) + lowest;
    return (any & sign) == 0;
  }
};
