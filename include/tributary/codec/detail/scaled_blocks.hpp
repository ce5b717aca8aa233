// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <tributary/codec/codec.hpp>
#include <tributary/core/little_endian.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/result.hpp>
#include <tributary/core/vector.hpp>

namespace tributary::inline v0_1 {

namespace detail {

inline constexpr float largest_scale = 0x1p120f;  ///< 128 times it is finite.

/// The bytes of `size` elements in blocks, each with a scale.
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
      S* const values = residual.data() + begin;
      const float scale = Digits::scale(values, count);
      to = detail::store_little(to, scale);
      Digits::encode(values, count, S{scale}, to);
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
      Digits::decode(from, count, S{scale}, out.data() + begin);
      from += Digits::bytes(count);
    }
    return Done{};
  }
};

/// Elements of few digits, in blocks: the scale of each, a float32, then its digits. A value beyond
/// about 1e36 takes several messages. A type of digits has
///
///   name                              name of the codec
///   bytes(count)                      bytes of this many elements
///   scale(values, count)              for a block, at most largest_scale
///   encode(values, count, scale, to)  writes digits and subtracts their values
///   decode(from, count, scale, to)    writes the values of the digits
template <class Digits>
struct ScaledBlocks {
  static constexpr bool for_differences = ForDifferences<Digits>;
  int block = 512;  ///< Elements that share a scale.

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
