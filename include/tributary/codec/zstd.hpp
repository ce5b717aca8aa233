// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <zstd.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <tributary/codec/codec.hpp>
#include <tributary/core/little_endian.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/result.hpp>
#include <tributary/core/vector.hpp>

namespace tributary::inline v0_1 {

namespace detail {

struct ZstdFree {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};
template <class Context>
using ZstdPointer = std::unique_ptr<Context, ZstdFree>;

template <class Context>
ZstdPointer<Context> checked(Context* context) {
  return context ? ZstdPointer<Context>{context} : throw std::bad_alloc{};
}

}  // namespace detail

template <Real S, class Inner>
struct ZstdEncoder {
  Inner inner;
  int level;
  std::vector<std::byte> plain;
  detail::ZstdPointer<ZSTD_CCtx> context = detail::checked(ZSTD_createCCtx());

  /// Throws std::bad_alloc if the compressor lacks memory.
  void encode(ConstView<S> in, std::vector<std::byte>& bytes) {
    inner.encode(in, plain);
    bytes.resize(ZSTD_compressBound(plain.size()));
    const std::size_t size = ZSTD_compressCCtx(context.get(), bytes.data(), bytes.size(),
                                               plain.data(), plain.size(), level);
    if (ZSTD_isError(size)) throw std::bad_alloc{};  // the buffer is large enough
    bytes.resize(size);
  }
};

template <Real S, class Inner>
struct ZstdDecoder {
  Inner inner;
  std::size_t max_bytes;
  std::vector<std::byte> plain;  ///< Buffer for the longest valid message.
  detail::ZstdPointer<ZSTD_DCtx> context = detail::checked(ZSTD_createDCtx());

  Status decode(std::span<const std::byte> bytes, View<S> out) {
    if (bytes.size() > max_bytes) return Errc::size_mismatch;
    if (!is_one_frame(bytes)) return Errc::corrupt;
    const std::size_t size =
        ZSTD_decompressDCtx(context.get(), plain.data(), plain.size(), bytes.data(), bytes.size());
    if (ZSTD_isError(size)) return Errc::corrupt;
    return inner.decode(std::span{plain}.first(size), out);
  }

  /// Whether it is one frame with nothing after it, and not in an old format that the library may
  /// still read.
  static bool is_one_frame(std::span<const std::byte> bytes) {
    return bytes.size() >= sizeof(std::uint32_t) &&
           detail::load_little<std::uint32_t>(bytes.data()) == ZSTD_MAGICNUMBER &&
           ZSTD_findFrameCompressedSize(bytes.data(), bytes.size()) == bytes.size();
  }
};

/// Compresses the output of another codec: Zstd{TopK{.fraction = 0.01}}. RFC 8878. The bytes depend
/// on the version of the library too. Needs libzstd: the CMake component tributary::zstd.
template <class Inner>
struct Zstd {
  static constexpr bool for_differences = ForDifferences<Inner>;
  Inner inner = {};
  int level = 1;  ///< From 1 (fast) to 19 (small); below 0 is still faster.

  template <Real S>
  S largest() const requires HasLargest<Inner, S> {
    return inner.template largest<S>();
  }
  template <Real S>
  ZstdEncoder<S, EncoderOf<Inner, S>> make_encoder(const Vector<S>& initial) const {
    return {inner.make_encoder(initial), level, {}};
  }
  template <Real S>
  ZstdDecoder<S, DecoderOf<Inner, S>> make_decoder(const Vector<S>& initial) const {
    return {inner.make_decoder(initial), max_bytes(initial),
            std::vector<std::byte>(inner.max_bytes(initial))};
  }
  template <Real S>
  std::size_t max_bytes(const Vector<S>& initial) const {
    return ZSTD_compressBound(inner.max_bytes(initial));
  }
  void validate() const {
    inner.validate();
    require(level >= ZSTD_minCLevel() && level <= 19, "Zstd::level", level,
            "in [ZSTD_minCLevel(), 19]");
  }
};

}  // namespace tributary::inline v0_1
