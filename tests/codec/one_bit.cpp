#include <tributary/codec/one_bit.hpp>

#include <doctest/doctest.h>

#include <stdexcept>

#include "codec/support.hpp"

using namespace tributary;

TEST_CASE("golden bytes of single bits") {
  check_message<float>(OneBit{.block = 10}, {1, -1, 2, -2, 1, -1, 2, -2, 3, -1, -0.5f},
                       bytes_of({0xcd, 0xcc, 0xcc, 0x3f, 0xaa, 2, 0, 0, 0, 0x3f, 1}),
                       {1.6f, -1.6f, 1.6f, -1.6f, 1.6f, -1.6f, 1.6f, -1.6f, 1.6f, -1.6f, -0.5f});
  check_message<double>(OneBit{}, {0, 0}, bytes_of({0, 0, 0, 0, 0}), {0, 0});
  check_message<double>(OneBit{}, {1e300, -1e300}, bytes_of({0, 0, 0x80, 0x7b, 2}),
                        {0x1p120, -0x1p120});
}

TEST_CASE("single bits: bad messages and settings are refused") {
  const OneBit codec{.block = 8};
  CHECK(refusal<float>(codec, 9, Bytes(9)) == Errc::size_mismatch);
  CHECK(refusal<float>(codec, 9, Bytes(11)) == Errc::size_mismatch);
  CHECK(refusal<float>(codec, 1, bytes_of({0, 0, 0x80, 0x7f, 0})) == Errc::not_finite);
  CHECK(refusal<float>(codec, 1, bytes_of({0, 0, 0xc0, 0x7f, 0})) == Errc::not_finite);
  CHECK(refusal<float>(codec, 1, bytes_of({0, 0, 0x80, 0xbf, 0})) == Errc::not_finite);
  CHECK_THROWS_WITH_AS(OneBit{.block = -1}.validate(), "OneBit::block = -1, must be positive",
                       std::invalid_argument);
}
