// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <tributary/codec/codec.hpp>
#include <tributary/core/little_endian.hpp>
#include <tributary/core/require.hpp>

namespace tributary::inline v0_1 {

namespace detail {

inline constexpr float largest_scale = 0x1p120f;  ///< What is at most 128 of it is finite.

/// The bytes of `size` numbers in blocks, each with a scale.
template <class Digits>
std::size_t scaled_bytes(Index size, Index block) {
  const auto digits = [](Index count) { return static_cast<std::size_t>(Digits::bytes(count)); };
  const auto whole = static_cast<std::size_t>(size / block);
  const Index rest = size % block;
  return whole * (sizeof(float) + digits(block)) + (rest ? sizeof(float) + digits(rest) : 0);
}

}  // namespace detail

template <Real S, class Digits>
struct ScaledEncoder {
  Index block;
  Vector<S> residual;

  void encode(ConstView<S> in, std::vector<std::byte>& bytes) {
    residual += in;
    bytes.resize(detail::scaled_bytes<Digits>(in.size(), block));
    std::byte* to = bytes.data();
    for (Index begin = 0; begin < in.size(); begin += block) {
      const Index count = std::min(block, in.size() - begin);
      S* const numbers = residual.data() + begin;
      const float scale = Digits::scale(numbers, count);
      to = detail::store_little(to, scale);
      Digits::take(numbers, count, S{scale}, to);
      to += Digits::bytes(count);
    }
  }
};

template <Real S, class Digits>
struct ScaledDecoder {
  Index block;

  Status decode(std::span<const std::byte> bytes, View<S> out) const {
    if (bytes.size() != detail::scaled_bytes<Digits>(out.size(), block)) return Errc::size_mismatch;
    const std::byte* from = bytes.data();
    for (Index begin = 0; begin < out.size(); begin += block) {
      const Index count = std::min(block, out.size() - begin);
      const auto scale = detail::load_little<float>(from);
      if (!(scale >= 0 && scale <= detail::largest_scale)) return Errc::not_finite;
      from += sizeof scale;
      Digits::give(from, count, S{scale}, out.data() + begin);
      from += Digits::bytes(count);
    }
    return Done{};
  }
};

/// Numbers of few digits, by blocks: of each its scale, a float32, and then its digits. Numbers
/// beyond about 1e36 go over in several messages. A kind of digits has
///
///   name                              of the codec
///   bytes(count)                      that so many numbers take
///   scale(numbers, count)             for a block, at most largest_scale
///   take(numbers, count, scale, to)   writes digits, and subtracts from the numbers what they say
///   give(from, count, scale, to)      what they say
template <class Digits>
struct ScaledBlocks {
  static constexpr bool for_differences = ForDifferences<Digits>;
  int block = 512;  ///< Numbers that share a scale.

  static std::string type_name() { return Digits::name; }
  template <Real S>
  S largest() const {
    return detail::largest_scale;
  }
  template <Real S>
  ScaledEncoder<S, Digits> make_encoder(const Vector<S>& initial) const {
    return {block, Vector<S>::Zero(initial.size())};
  }
  template <Real S>
  ScaledDecoder<S, Digits> make_decoder(const Vector<S>&) const {
    return {block};
  }
  template <Real S>
  std::size_t max_bytes(const Vector<S>& initial) const {
    return detail::scaled_bytes<Digits>(initial.size(), block);
  }
  void validate() const {
    require(block > 0, std::string{Digits::name} + "::block", block, "positive");
  }
};

}  // namespace tributary::inline v0_1
