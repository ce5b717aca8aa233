// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <tributary/codec/codec.hpp>
#include <tributary/codec/detail/bits.hpp>
#include <tributary/codec/floating_point.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/little_endian.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/result.hpp>
#include <tributary/core/vector.hpp>

namespace tributary::inline v0_1 {

template <Real S>
struct TopKEncoder {
  Index count;
  Vector<S> residual;
  std::vector<detail::BitsOf<S>> magnitudes;  ///< Scratch of the residual's size.

  void encode(ConstView<S> in, std::vector<std::byte>& bytes) {
    residual += in;
    bytes.resize(TopKEncoder::bytes(count));
    if (count == 0) return;
    std::ranges::transform(residual, magnitudes.begin(), detail::magnitude_bits<S>);
    const auto last = magnitudes.begin() + count - 1;
    std::ranges::nth_element(magnitudes, last, std::greater{});
    auto ties = 1 + std::count(magnitudes.begin(), last, *last);
    std::byte* gap = bytes.data();
    std::byte* value = gap + sizeof(std::uint32_t) * static_cast<std::size_t>(count);
    for (Index i = 0, next = 0; i < residual.size(); ++i) {
      S& x = residual.data()[i];
      const auto magnitude = detail::magnitude_bits(x);
      if (magnitude < *last || (magnitude == *last && ties-- <= 0)) continue;
      const auto word = Float32::Words::pack(x);
      gap = detail::store_little(gap, static_cast<std::uint32_t>(i - next));
      value = detail::store_little(value, word);
      x -= Float32::Words::unpack<S>(word);
      next = i + 1;
    }
  }
  static std::size_t bytes(Index count) {
    return (sizeof(std::uint32_t) + sizeof(float)) * static_cast<std::size_t>(count);
  }
};

template <Real S>
struct TopKDecoder {
  Index count;

  Status decode(std::span<const std::byte> bytes, View<S> out) const {
    if (bytes.size() != TopKEncoder<S>::bytes(count)) return Errc::size_mismatch;
    const std::byte* gap = bytes.data();
    const std::byte* value = gap + sizeof(std::uint32_t) * static_cast<std::size_t>(count);
    out.setZero();
    Index next = 0;
    for (Index k = 0; k < count; ++k) {
      const Index skipped = detail::load_little<std::uint32_t>(gap);
      const auto x = detail::load_little<float>(value);
      if (skipped >= out.size() - next) return Errc::out_of_range;
      if (!is_finite(x)) return Errc::not_finite;
      next += skipped;
      out[next++] = x;
      gap += sizeof(std::uint32_t);
      value += sizeof x;
    }
    return Done{};
  }
};

/// The elements of largest magnitude, the first of equal ones. A message has first the gaps before
/// each, uint32, so that indices ascend; then the values, float32.
/// Stich et al., "Sparsified SGD with memory", NeurIPS 2018, arXiv:1809.07599; Aji and Heafield,
/// EMNLP 2017, arXiv:1704.05021.
///
/// For differences only: the residual of parameters would be as large as they are.
struct TopK {
  static constexpr bool for_differences = true;
  double fraction = 0.01;  ///< Fraction of the elements, at least one.

  Index count(Index size) const {
    assert(size <= std::numeric_limits<std::uint32_t>::max());
    return std::clamp<Index>(std::llround(fraction * static_cast<double>(size)), size ? 1 : 0,
                             size);
  }

  template <Real S>
  S largest() const {
    return std::numeric_limits<float>::max();
  }
  template <Real S>
  TopKEncoder<S> make_encoder(const Vector<S>& initial) const {
    return {count(initial.size()), Vector<S>::Zero(initial.size()),
            std::vector<detail::BitsOf<S>>(static_cast<std::size_t>(initial.size()))};
  }
  template <Real S>
  TopKDecoder<S> make_decoder(const Vector<S>& initial) const {
    return {count(initial.size())};
  }
  template <Real S>
  std::size_t max_bytes(const Vector<S>& initial) const {
    return TopKEncoder<S>::bytes(count(initial.size()));
  }
  void validate() const {
    require(fraction > 0 && fraction <= 1, "TopK::fraction", fraction, "in (0, 1]");
  }
};

}  // namespace tributary::inline v0_1
