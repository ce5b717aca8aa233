// Laws that hold for every codec and both scalars.

#include <tributary/codec/codec.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>

#include "codec/every_codec.hpp"
#include "codec/support.hpp"

using namespace tributary;

namespace {

const auto& residual_of(const auto& encoder) { return encoder.residual; }
template <class S, class Inner>
const auto& residual_of(const ZstdEncoder<S, Inner>& encoder) {
  return encoder.inner.residual;
}

void check_conservation(const auto& codec, auto scalar, Index size, int updates) {
  using S = decltype(scalar);
  std::mt19937 random{static_cast<unsigned>(size)};
  const Vector<S> initial = Vector<S>::Zero(size);
  auto encoder = codec.template make_encoder<S>(initial);
  auto decoder = codec.template make_decoder<S>(initial);
  Vector<S> received(size);
  Vector<double> balance = Vector<double>::Zero(size), scale = balance;
  Bytes bytes;
  for (int update = 0; update < updates; ++update) {
    const auto in = random_update<S>(size, random);
    encoder.encode(in, bytes);
    CHECK(bytes.size() <= codec.max_bytes(initial));
    const Status status = decoder.decode(bytes, received);
    REQUIRE(status);
    balance += in.template cast<double>() - received.template cast<double>();
    scale += (in.cwiseAbs() + received.cwiseAbs()).template cast<double>();
    if (residual_of(encoder).size())
      scale += residual_of(encoder).cwiseAbs().template cast<double>();
  }
  if (residual_of(encoder).size()) balance -= residual_of(encoder).template cast<double>();
  const double rounding = std::numeric_limits<S>::epsilon();
  CHECK((balance.array().abs() <= rounding * scale.array()).all());
}

}  // namespace

TEST_CASE("decoded values and the residual sum to the encoded values") {
  for_each_codec([](const auto& codec, auto scalar) {
    for (const Index size : {0, 1, 7, 8, 31, 32, 33, 1000})
      check_conservation(codec, scalar, size, 30);
    check_conservation(codec, scalar, 267'002, 3);
  });
}

TEST_CASE("lossless codecs give the same numbers back") {
  std::mt19937 random{1};
  const auto check = [&](const auto& codec, auto scalar) {
    using S = decltype(scalar);
    Vector<S> in = random_update<S>(1000, random);
    in[0] = -S{0};
    in[1] = std::numeric_limits<S>::denorm_min();
    in[2] = -std::numeric_limits<S>::max();
    auto encoder = codec.template make_encoder<S>(in);
    const Bytes bytes = encoded<S>(encoder, in);
    const auto out = decoded<S>(codec.template make_decoder<S>(in), bytes, in.size());
    CHECK(out == in);
    CHECK(std::signbit(out[0]));
    CHECK(encoder.residual.size() == 0);
  };
  check(Float32{}, float{});
  check(Float64{}, float{});
  check(Float64{}, double{});
}

TEST_CASE("the bytes of many messages are the same from every compiler and CPU") {
  const auto digest = [](const auto& codec, auto scalar) {
    using S = decltype(scalar);
    std::mt19937 random{1};
    Vector<S> in(1000);
    auto encoder = codec.template make_encoder<S>(in);
    std::uint32_t hash = 2166136261;  // FNV-1a
    Bytes bytes;
    for (int message = 0; message < 20; ++message) {
      for (S& x : in) x = static_cast<S>(static_cast<int>(random()) >> random() % 24);
      encoder.encode(in, bytes);
      for (const std::byte byte : bytes) hash = (hash ^ std::to_integer<unsigned>(byte)) * 16777619;
    }
    return hash;
  };
  CHECK(digest(Float64{}, float{}) == 2823952544);
  CHECK(digest(Float32{}, double{}) == 4041390048);
  CHECK(digest(Float16{}, float{}) == 4117220768);
  CHECK(digest(Float16{}, double{}) == 174209296);
  CHECK(digest(BFloat16{}, float{}) == 3132414684);
  CHECK(digest(BFloat16{}, double{}) == 740823801);
  CHECK(digest(Int8{}, float{}) == 2662388937);
  CHECK(digest(Int8{}, double{}) == 2662388937);
  CHECK(digest(OneBit{}, float{}) == 1236493449);
  CHECK(digest(OneBit{}, double{}) == 3011970405);
  CHECK(digest(TopK{}, float{}) == 3096977063);
  CHECK(digest(TopK{}, double{}) == 3406414019);
}
