// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <tributary/core/result.hpp>
#include <tributary/core/vector.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

/// One direction of one link, at its sender. encode() overwrites `bytes`, and allocates nothing if
/// they are those of the call before. It takes finite numbers only: who sends checks that.
///
/// A lossy encoder feeds its errors back: what a message leaves out is kept in `residual` and added
/// to the next one, so that over all messages, to rounding,
///
///   Σ decoded + residual = Σ encoded.
///
/// Seide et al., "1-bit stochastic gradient descent", Interspeech 2014; Karimireddy et al., "Error
/// feedback fixes SignSGD", ICML 2019, arXiv:1901.09847.
///
/// The bytes depend on the numbers alone, not on the CPU; numbers are little-endian.
template <class E, class S>
concept Encoder = requires(E encoder, ConstView<S> in, std::vector<std::byte>& bytes) {
  { encoder.encode(in, bytes) } -> std::same_as<void>;
};

/// One direction of one link, at its receiver. Bytes come from outside: decode() overwrites `out`
/// with finite numbers, or says what is wrong with the bytes, and `out` holds anything finite or
/// not. No memory is sized by them.
template <class D, class S>
concept Decoder = requires(D decoder, std::span<const std::byte> bytes, View<S> out) {
  { decoder.decode(bytes, out) } -> std::same_as<Status>;
};

/// The settings of both ends of a link for vectors like `initial`.
template <class C, class S>
concept Codec = Real<S> && std::copyable<C> && requires(const C codec, const Vector<S>& initial) {
  { codec.make_encoder(initial) } -> Encoder<S>;
  { codec.make_decoder(initial) } -> Decoder<S>;
  { codec.max_bytes(initial) } -> std::same_as<std::size_t>;  // a longer message is refused
  { codec.validate() } -> std::same_as<void>;                 // throws std::invalid_argument
};

/// A codec that cannot send every finite number: of larger ones it makes its largest. Who sends checks
/// that there is none, as it would be missing from parameters without a word.
template <class C, class S>
concept HasLargest = Codec<C, S> && requires(const C codec) {
  { codec.template largest<S>() } -> std::same_as<S>;
};

/// A codec whose messages leave out much, which later ones bring, says so by
/// `static constexpr bool for_differences = true`: of parameters it would make other ones.
template <class C>
concept ForDifferences = requires {
  requires C::for_differences;
};

template <class C, class S>
using EncoderOf = decltype(std::declval<const C&>().make_encoder(std::declval<const Vector<S>&>()));
template <class C, class S>
using DecoderOf = decltype(std::declval<const C&>().make_decoder(std::declval<const Vector<S>&>()));

}  // namespace tributary::inline v0_1
