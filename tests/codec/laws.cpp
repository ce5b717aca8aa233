// What holds for every codec, of both scalars.

#include <tributary/codec/codec.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <tributary/codec/floating_point.hpp>
#include <tributary/codec/int8.hpp>
#include <tributary/codec/one_bit.hpp>
#include <tributary/codec/top_k.hpp>
#include <tributary/codec/zstd.hpp>

#include "codec/support.hpp"

using namespace tributary;

namespace {

void for_each_codec(const auto& check) {
  const auto both = [&](const char* name, const auto& codec) {
    CAPTURE(name);
    check(codec, float{});
    check(codec, double{});
  };
  both("Float64", Float64{});
  both("Float32", Float32{});
  both("Float16", Float16{});
  both("BFloat16", BFloat16{});
  both("Int8", Int8{});
  both("Int8 of small blocks", Int8{.block = 5});
  both("OneBit", OneBit{});
  both("OneBit of small blocks", OneBit{.block = 11});
  both("TopK", TopK{});
  both("TopK of a third", TopK{.fraction = 1.0 / 3});
  both("Zstd of Int8", Zstd{Int8{}});
  both("Zstd of TopK", Zstd{TopK{}});
}

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

TEST_CASE("what was decoded and the residual sum to what was encoded") {
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

namespace {

/// Decodes bytes that may be anything; whether they were accepted.
template <Real S>
bool survives(auto& decoder, const Bytes& bytes, Index size) {
  const Bytes of_this_size(bytes.begin(), bytes.end());  // to see reads past the end
  Vector<S> out(size);
  const bool accepted = static_cast<bool>(decoder.decode(of_this_size, out));
  if (accepted) CHECK(out.allFinite());
  return accepted;
}

}  // namespace

TEST_CASE("random bytes are decoded to finite numbers or refused") {
  std::mt19937 random{1};
  for_each_codec([&](const auto& codec, auto scalar) {
    using S = decltype(scalar);
    for (const Index size : {0, 1, 7, 8, 33, 40}) {
      auto decoder = codec.template make_decoder<S>(Vector<S>(size));
      for (std::size_t length = 0; length <= 200; ++length) {
        Bytes bytes(length);
        for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
        survives<S>(decoder, bytes, size);
      }
    }
  });
}

TEST_CASE("broken messages are decoded to finite numbers or refused") {
  std::mt19937 random{1};
  for_each_codec([&](const auto& codec, auto scalar) {
    using S = decltype(scalar);
    constexpr Index size = 40;
    const auto in = random_update<S>(size, random);
    auto encoder = codec.template make_encoder<S>(in);
    auto decoder = codec.template make_decoder<S>(in);
    const Bytes message = encoded<S>(encoder, in);
    CHECK(survives<S>(decoder, message, size));
    int refused = 0;
    for (int repeat = 0; repeat < 2000; ++repeat) {
      Bytes bytes = message;
      if (repeat % 8 == 0) bytes.resize(random() % (2 * bytes.size()));
      for (auto changes = random() % 4; changes > 0 && !bytes.empty(); --changes)
        bytes[random() % bytes.size()] = static_cast<std::byte>(random());
      refused += !survives<S>(decoder, bytes, size);
    }
    CHECK(refused > 200);  // those of a wrong size
  });
}
