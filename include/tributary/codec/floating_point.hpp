// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <tributary/codec/codec.hpp>
#include <tributary/codec/detail/bits.hpp>
#include <tributary/core/little_endian.hpp>
#include <tributary/core/result.hpp>
#include <tributary/core/vector.hpp>
#include <type_traits>

namespace tributary::inline v0_1 {

namespace detail {

/// Words of a binary floating-point format of IEEE 754: a sign, the exponent, the mantissa. Those
/// of 16 bits use integer operations without a branch; the others are float and double themselves.
template <int exponent_bits, int mantissa_bits>
struct FloatWords {
  static constexpr int width = 1 + exponent_bits + mantissa_bits;
  using Native = std::conditional_t<width == 64, double, float>;
  using Word = std::conditional_t<width == 64, std::uint64_t,
                                  std::conditional_t<width == 32, std::uint32_t, std::uint16_t>>;
  static_assert(width == 16 || (width == 8 * sizeof(Native) &&
                                mantissa_bits + 1 == std::numeric_limits<Native>::digits));

  static constexpr int bias = (1 << (exponent_bits - 1)) - 1;
  static constexpr Word sign = Word(Word{1} << (width - 1));
  static constexpr Word infinity = Word(sign - (Word{1} << mantissa_bits));

  /// Bit layout of a scalar that is converted from or to words.
  template <Real S>
  struct Scalar {
    using Bits = BitsOf<S>;
    static constexpr int mantissa = std::numeric_limits<S>::digits - 1;
    static constexpr int cut = mantissa - mantissa_bits;
    static constexpr int rebias = std::numeric_limits<S>::max_exponent - 1 - bias;
    static constexpr int sign_shift = 8 * int{sizeof(S)} - width;
    static constexpr S power_of_two(int exponent) {
      return std::bit_cast<S>(Bits{exponent + rebias + bias} << mantissa);
    }
  };

  template <Real S>
  static constexpr bool holds_all = mantissa_bits + 1 >= std::numeric_limits<S>::digits;
  /// The largest value that both have.
  template <Real S>
  static constexpr Word largest = [] {
    if constexpr (width == 64) return std::bit_cast<Word>(double{std::numeric_limits<S>::max()});
    return Word(infinity - 1);
  }();

  /// The nearest word, ties to even, and the largest for larger values.
  template <Real S>
  static constexpr Word pack(S x) {
    if constexpr (holds_all<S>) {
      return std::bit_cast<Word>(static_cast<Native>(x));
    } else if constexpr (width == 32) {
      constexpr S most = std::numeric_limits<Native>::max();
      return std::bit_cast<Word>(static_cast<Native>(saturate(x, most)));
    } else {
      using Of = Scalar<S>;
      using Bits = typename Of::Bits;
      const Bits magnitude = magnitude_bits(saturate(x, unpack<S>(largest<S>)));
      const Bits even = magnitude >> Of::cut & 1, below_half = (Bits{1} << (Of::cut - 1)) - 1;
      Bits word =
          ((magnitude + below_half + even) >> Of::cut) - (Bits{Of::rebias} << mantissa_bits);
      if constexpr (Of::rebias > 0) {
        // Its last bit is that of subnormal words, so that the sum is rounded to them.
        constexpr S shifter = Of::power_of_two(1 - bias + Of::cut);
        const S shifted = std::bit_cast<S>(magnitude) + shifter;
        word = choose(magnitude < std::bit_cast<Bits>(Of::power_of_two(1 - bias)),
                      std::bit_cast<Bits>(shifted) - std::bit_cast<Bits>(shifter), word);
      }
      return static_cast<Word>(word | (sign_bit(x) >> Of::sign_shift & sign));
    }
  }
  /// Decodes a finite word of at most largest<S>.
  template <Real S>
  static constexpr S unpack(Word word) {
    if constexpr (width >= 32) {
      return static_cast<S>(std::bit_cast<Native>(word));
    } else {
      using Of = Scalar<S>;
      using Bits = typename Of::Bits;
      const int magnitude = word & (sign - 1);
      Bits bits = (Bits{magnitude} << Of::cut) + (Bits{Of::rebias} << Of::mantissa);
      if constexpr (Of::rebias > 0) {
        constexpr S last_place = Of::power_of_two(1 - bias - mantissa_bits);
        const S subnormal = static_cast<S>(magnitude) * last_place;
        bits = choose(magnitude < 1 << mantissa_bits, std::bit_cast<Bits>(subnormal), bits);
      }
      return std::bit_cast<S>(bits | Bits{word & sign} << Of::sign_shift);
    }
  }
};

}  // namespace detail

template <Real S, class Words>
struct FloatEncoder {
  Vector<S> residual;  ///< Empty for a lossless format.

  void encode(ConstView<S> in, std::vector<std::byte>& bytes) {
    assert(Words::template holds_all<S> || in.size() == residual.size());
    bytes.resize(sizeof(typename Words::Word) * static_cast<std::size_t>(in.size()));
    std::byte* const to = bytes.data();
    const S* const from = in.data();
    S* const left = residual.data();
    for (Index i = 0; i < in.size(); ++i) {
      S x = from[i];
      if constexpr (!Words::template holds_all<S>) x += left[i];
      const auto word = Words::template pack<S>(x);
      if constexpr (!Words::template holds_all<S>) left[i] = x - Words::template unpack<S>(word);
      detail::store_little(to + sizeof word * static_cast<std::size_t>(i), word);
    }
  }
};

template <Real S, class Words>
struct FloatDecoder {
  Status decode(std::span<const std::byte> bytes, View<S> out) const {
    using Word = typename Words::Word;
    if (bytes.size() != sizeof(Word) * static_cast<std::size_t>(out.size()))
      return Errc::size_mismatch;
    const std::byte* const from = bytes.data();
    S* const to = out.data();
    Word too_large = 0;
    for (Index i = 0; i < out.size(); ++i) {
      const auto word =
          detail::load_little<Word>(from + sizeof(Word) * static_cast<std::size_t>(i));
      to[i] = Words::template unpack<S>(word);
      too_large |= Word{Word(word & (Words::sign - 1)) > Words::template largest<S>};
    }
    if (too_large) return Errc::not_finite;
    return Done{};
  }
};

/// Rounds each value to the nearest one of a floating-point format, ties to even. Larger values
/// become the format's largest; Tcp does not send them but ends the run. Lossless if the format has
/// all values of the scalar.
template <int exponent_bits, int mantissa_bits>
struct FloatingPoint {
  using Words = detail::FloatWords<exponent_bits, mantissa_bits>;

  static std::string type_name() {
    const std::string format = std::to_string(exponent_bits) + ", " + std::to_string(mantissa_bits);
    return format == "11, 52"  ? "Float64"
           : format == "8, 23" ? "Float32"
           : format == "5, 10" ? "Float16"
           : format == "8, 7"  ? "BFloat16"
                               : "FloatingPoint<" + format + ">";
  }
  template <Real S>
  S largest() const {
    if constexpr (Words::template holds_all<S>) return std::numeric_limits<S>::max();
    return Words::template unpack<S>(Words::template largest<S>);
  }
  template <Real S>
  FloatEncoder<S, Words> make_encoder(const Vector<S>& initial) const {
    return {Vector<S>::Zero(Words::template holds_all<S> ? 0 : initial.size())};
  }
  template <Real S>
  FloatDecoder<S, Words> make_decoder(const Vector<S>&) const {
    return {};
  }
  template <Real S>
  std::size_t max_bytes(const Vector<S>& initial) const {
    return sizeof(typename Words::Word) * static_cast<std::size_t>(initial.size());
  }
  void validate() const {}
};
using Float64 = FloatingPoint<11, 52>;
using Float32 = FloatingPoint<8, 23>;
using Float16 = FloatingPoint<5, 10>;  ///< ±65504 with 3 digits, down to 6e-8.
using BFloat16 = FloatingPoint<8, 7>;  ///< The range of float with 2 digits.

}  // namespace tributary::inline v0_1
