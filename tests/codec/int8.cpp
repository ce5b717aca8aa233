#include <tributary/codec/int8.hpp>

#include <doctest/doctest.h>

#include <stdexcept>

#include "codec/support.hpp"

using namespace tributary;

TEST_CASE("golden bytes of 8-bit integers") {
  const float last_scale = 0x1.0206p-7f;  // 1 / 127, rounded up
  check_message<float>(Int8{.block = 4}, {127, -64, 1.5f, 0.5f, 1},
                       bytes_of({0, 0, 0x80, 0x3f, 127, 0x100 - 64, 2, 0, 0, 3, 1, 0x3c, 127}),
                       {127, -64, 2, 0, 127 * last_scale});
  check_message<double>(Int8{}, {0.0, -0.0}, bytes_of({0, 0, 0x80, 0, 0, 0}), {0, 0});
  check_message<double>(Int8{}, {1e300, -1e300}, bytes_of({0, 0, 0x80, 0x7b, 127, 0x81}),
                        {127 * 0x1p120, -127 * 0x1p120});
}

TEST_CASE("8-bit integers are off by half a scale at most") {
  std::mt19937 random{1};
  for (int repeat = 0; repeat < 100; ++repeat) {
    const auto in = random_update<float>(300, random);
    auto encoder = Int8{}.make_encoder<float>(in);
    encoded<float>(encoder, in);
    CHECK(encoder.residual.cwiseAbs().maxCoeff() <= 0.5001f * in.cwiseAbs().maxCoeff() / 127);
  }
}

TEST_CASE("8-bit integers: bad messages and settings are refused") {
  const Int8 codec{.block = 2};
  CHECK(refusal<float>(codec, 3, Bytes(10)) == Errc::size_mismatch);
  CHECK(refusal<float>(codec, 3, Bytes(12)) == Errc::size_mismatch);
  CHECK(refusal<float>(codec, 1, bytes_of({0, 0, 0x80, 0x7f, 0})) == Errc::not_finite);
  CHECK(refusal<float>(codec, 1, bytes_of({0, 0, 0xc0, 0x7f, 0})) == Errc::not_finite);
  CHECK(refusal<float>(codec, 1, bytes_of({1, 0, 0x80, 0x7b, 0x80})) == Errc::not_finite);
  CHECK_THROWS_WITH_AS(Int8{.block = 0}.validate(), "Int8::block = 0, must be positive",
                       std::invalid_argument);
}
