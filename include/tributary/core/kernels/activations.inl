// SPDX-License-Identifier: Apache-2.0
// Elementwise operations of almost every training step. kernels.hpp includes this once for each
// instruction set.

struct Activations {
  /// y = max(x, 0); NaN stays NaN.
  template <class S>
  static void relu(Index count, const S* x, S* y) {
    const auto step = [](auto from, auto& to) { to = above_zero<S>(from); };
    each<S>(count, step, x, y);
  }
  /// dx = dy for y > 0, else 0.
  template <class S>
  static void relu_slope(Index count, const S* y, const S* dy, S* dx) {
    const auto step = [](auto reached, auto from, auto& to) { to = reached > 0 ? from : V<S>{}; };
    each<S>(count, step, y, dy, dx);
  }

  /// y = factors x.
  template <class S>
  static void scale(Index count, const S* factors, const S* x, S* y) {
    const auto step = [](auto factor, auto from, auto& to) { to = factor * from; };
    each<S>(count, step, factors, x, y);
  }

  /// Factors 0, with probability threshold / 2¹⁶, or `kept`, in whole groups: group g uses the
  /// lower and upper halves of Philox's values 64 g to 64 g + 63.
  template <class S>
  static void dropout(std::uint64_t key, std::uint64_t stream, Index groups,
                      std::uint32_t threshold, S kept, S* factors) {
    constexpr Index at_once = Philox::lanes;
    std::uint64_t counter = 0;
    for (Index g = 0; g < groups; ++g, factors += dropout_group) {
      std::uint32_t words[Philox::group_size];
      for (Index lane = 0; lane < at_once;
           lane += lanes<std::uint32_t>, counter += lanes<std::uint32_t>)
        philox(key, stream, counter, words + lane);
      for (Index w = 0; w < 4; ++w) {
        for (Index i = 0; i < at_once; ++i) {
          const std::uint32_t word = words[w * at_once + i];
          factors[2 * w * at_once + i] = (word & 0xffff) < threshold ? S{0} : kept;
          factors[(2 * w + 1) * at_once + i] = word >> 16 < threshold ? S{0} : kept;
        }
      }
    }
  }

 private:
  using Words = V<std::uint32_t>;

  /// Philox::block of one counter a lane, starting at `first`; words w are at out + 16 w.
  static void philox(std::uint64_t key, std::uint64_t stream, std::uint64_t first,
                     std::uint32_t* out) {
    const auto word = [](std::uint64_t x) { return static_cast<std::uint32_t>(x); };
    Words c0 = broadcast(word(first)), c1{}, c2 = broadcast(word(stream)),
          c3 = broadcast(word(stream >> 32)), k0 = broadcast(word(key)),
          k1 = broadcast(word(key >> 32));
    for (int i = 0; i < lanes<std::uint32_t>; ++i) c0[i] += static_cast<std::uint32_t>(i);
#pragma GCC unroll 10
    for (int round = 0; round < 10; ++round) {
      const Product a = multiply(c0, 0xD2511F53), b = multiply(c2, 0xCD9E8D57);
      c0 = b.high ^ c1 ^ k0;
      c1 = b.low;
      c2 = a.high ^ c3 ^ k1;
      c3 = a.low;
      k0 += 0x9E3779B9;
      k1 += 0xBB67AE85;
    }
    constexpr std::size_t stride = Philox::lanes;
    store(out, c0);
    store(out + stride, c1);
    store(out + 2 * stride, c2);
    store(out + 3 * stride, c3);
  }

  struct Product {
    Words low, high;
  };
  [[gnu::always_inline]] static Product multiply(Words x, std::uint32_t factor) {
    using Pairs = V<std::uint64_t>;
    const Pairs pairs = reinterpret_cast<Pairs>(x);
    const Words even = reinterpret_cast<Words>(multiply_low_halves(pairs, factor)),
                odd = reinterpret_cast<Words>(multiply_low_halves(pairs >> 32, factor));
    Product product;
    [&]<int... L>(std::integer_sequence<int, L...>) {
      constexpr int n = sizeof...(L);
      // In big-endian order, the even words are the upper halves of the pairs.
      if constexpr (std::endian::native == std::endian::little) {
        product.low = __builtin_shufflevector(even, odd, (L % 2 == 0 ? L : n + L - 1)...);
        product.high = __builtin_shufflevector(even, odd, (L % 2 == 0 ? L + 1 : n + L)...);
      } else {
        product.low = __builtin_shufflevector(odd, even, (L % 2 == 0 ? L + 1 : n + L)...);
        product.high = __builtin_shufflevector(odd, even, (L % 2 == 0 ? L : n + L - 1)...);
      }
    }
    (std::make_integer_sequence<int, static_cast<int>(lanes<std::uint32_t>)>{});
    return product;
  }
};
