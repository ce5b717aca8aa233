#include <tributary/codec/zstd.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <tributary/codec/floating_point.hpp>
#include <tributary/codec/top_k.hpp>

#include "codec/support.hpp"

using namespace tributary;

namespace {

Bytes compressed(const Bytes& plain) {
  Bytes bytes(ZSTD_compressBound(plain.size()));
  bytes.resize(ZSTD_compress(bytes.data(), bytes.size(), plain.data(), plain.size(), 1));
  return bytes;
}
Bytes joined(Bytes first, const Bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// A frame of one block that is stored as it is, the number 1.
const Bytes one = bytes_of({0x28, 0xb5, 0x2f, 0xfd, 0x20, 4, 0x21, 0, 0, 0, 0, 0x80, 0x3f});

}  // namespace

TEST_CASE("zstd gives the values of the inner codec, in fewer bytes if it can") {
  std::mt19937 random{1};
  const auto in = random_update<float>(10'000, random);
  const TopK inner{.fraction = 0.05};
  auto alone = inner.make_encoder<float>(in);
  auto encoder = Zstd{inner}.make_encoder<float>(in);
  const Bytes plain = encoded<float>(alone, in), bytes = encoded<float>(encoder, in);
  CHECK(bytes.size() < 0.75 * static_cast<double>(plain.size()));
  CHECK(decoded<float>(Zstd{inner}.make_decoder<float>(in), bytes, in.size()) ==
        decoded<float>(inner.make_decoder<float>(in), plain, in.size()));
  CHECK(encoder.inner.residual == alone.residual);
}

TEST_CASE("golden bytes of zstd are read") {
  const Zstd codec{Float32{}};
  CHECK(decoded<float>(codec.make_decoder<float>(Vector<float>(1)), one, 1)[0] == 1);
}

TEST_CASE("zstd: bad messages and settings are refused") {
  const Zstd codec{Float32{}};
  const Bytes skippable = bytes_of({0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0});
  const Bytes of_version_0_7 =
      bytes_of({0x27, 0xb5, 0x2f, 0xfd, 0x20, 4, 0x21, 0, 0, 0, 0, 0x80, 0x3f});
  CHECK(refusal<float>(codec, 1, joined(skippable, one)) == Errc::corrupt);
  CHECK(refusal<float>(codec, 1, joined(one, skippable)) == Errc::corrupt);
  CHECK(refusal<float>(codec, 1, of_version_0_7) == Errc::corrupt);
  for (std::size_t size = 0; size < one.size(); ++size)
    CHECK(refusal<float>(codec, 1, Bytes(one.begin(), one.begin() + std::ptrdiff_t(size))) ==
          Errc::corrupt);
  CHECK(refusal<float>(codec, 1, compressed(Bytes(100'000))) == Errc::corrupt);
  CHECK(refusal<float>(codec, 1, compressed(Bytes(3))) == Errc::size_mismatch);
  CHECK(refusal<float>(codec, 1, Bytes(ZSTD_compressBound(4) + 1)) == Errc::size_mismatch);
  CHECK(refusal<float>(codec, 1, compressed(bytes_of({0, 0, 0x80, 0x7f}))) == Errc::not_finite);
  CHECK_THROWS_AS((Zstd{Float32{}, 20}.validate()), std::invalid_argument);
  CHECK_THROWS_WITH_AS(Zstd{TopK{.fraction = 2}}.validate(),
                       "TopK::fraction = 2, must be in (0, 1]", std::invalid_argument);
}
