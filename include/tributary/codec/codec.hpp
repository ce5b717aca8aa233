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

/// Encoder for one direction of a link, at the sender. encode() overwrites `bytes`; it allocates
/// nothing if they come from the previous call. All values must be finite; the caller checks this.
///
/// A lossy encoder uses error feedback: it keeps the part that a message lacks in `residual` and
/// adds it to the next one. Over all messages, up to rounding,
///
///   Σ decoded + residual = Σ encoded.
///
/// Seide et al., "1-bit stochastic gradient descent", Interspeech 2014; Karimireddy et al., "Error
/// feedback fixes SignSGD", ICML 2019, arXiv:1901.09847.
///
/// The bytes depend on the values only, not on the CPU; they are little-endian.
template <class E, class S>
concept Encoder = requires(E encoder, ConstView<S> in, std::vector<std::byte>& bytes) {
  { encoder.encode(in, bytes) } -> std::same_as<void>;
};

/// Decoder for one direction of a link, at the receiver. The bytes come from outside: decode()
/// overwrites `out` with finite values, or returns an error, and `out` is then arbitrary. It
/// allocates no memory by the bytes.
template <class D, class S>
concept Decoder = requires(D decoder, std::span<const std::byte> bytes, View<S> out) {
  { decoder.decode(bytes, out) } -> std::same_as<Status>;
};

/// Settings of both ends of a link, for vectors like `initial`.
template <class C, class S>
concept Codec = Real<S> && std::copyable<C> && requires(const C codec, const Vector<S>& initial) {
  { codec.make_encoder(initial) } -> Encoder<S>;
  { codec.make_decoder(initial) } -> Decoder<S>;
  { codec.max_bytes(initial) } -> std::same_as<std::size_t>;  // a longer message is refused
  { codec.validate() } -> std::same_as<void>;                 // throws std::invalid_argument
};

/// A codec with a largest value: it replaces larger ones by it. The caller checks that there are
/// none, as parameters would change silently.
template <class C, class S>
concept HasLargest = Codec<C, S> && requires(const C codec) {
  { codec.template largest<S>() } -> std::same_as<S>;
};

/// A codec whose messages leave out large parts, which later ones bring. It would distort
/// parameters, so it declares `static constexpr bool for_differences = true`.
template <class C>
concept ForDifferences = requires {
  requires C::for_differences;
};

template <class C, class S>
using EncoderOf = decltype(std::declval<const C&>().make_encoder(std::declval<const Vector<S>&>()));
template <class C, class S>
using DecoderOf = decltype(std::declval<const C&>().make_decoder(std::declval<const Vector<S>&>()));

}  // namespace tributary::inline v0_1
