#include <tributary/codec/top_k.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "codec/support.hpp"

using namespace tributary;

TEST_CASE("golden bytes of the largest numbers, the first of equal ones") {
  check_message<float>(TopK{.fraction = 0.5}, {0.5f, -3, 2, 0, -2, 2},
                       bytes_of({1, 0, 0,    0,    0, 0, 0, 0,    1, 0, 0, 0,  //
                                 0, 0, 0x40, 0xc0, 0, 0, 0, 0x40, 0, 0, 0, 0xc0}),
                       {0, -3, 2, 0, -2, 0});
  check_message<double>(TopK{}, {0, 0}, bytes_of({0, 0, 0, 0, 0, 0, 0, 0}), {0, 0});
}

TEST_CASE("the places are those of a sort by magnitude, then by place") {
  std::mt19937 random{1};
  for (const Index size : {1, 2, 10, 100, 1000}) {
    for (const double fraction : {0.001, 0.1, 0.5, 1.0}) {
      Vector<float> in(size);
      for (float& x : in) x = static_cast<float>(random() % 8) - 4;  // with many ties
      std::vector<Index> order(static_cast<std::size_t>(size));
      std::iota(order.begin(), order.end(), 0);
      std::ranges::sort(order, [&](Index a, Index b) {
        return std::abs(in[a]) == std::abs(in[b]) ? a < b : std::abs(in[a]) > std::abs(in[b]);
      });
      const TopK codec{.fraction = fraction};
      order.resize(static_cast<std::size_t>(codec.count(size)));
      Vector<float> expected = Vector<float>::Zero(size);
      for (const Index i : order) expected[i] = in[i];
      auto encoder = codec.make_encoder<float>(in);
      const Bytes bytes = encoded<float>(encoder, in);
      CHECK(decoded<float>(codec.make_decoder<float>(in), bytes, size) == expected);
      CHECK(encoder.residual == in - expected);
    }
  }
}

TEST_CASE("the number of places follows from the fraction, and is at least one") {
  CHECK(TopK{.fraction = 0.07}.count(100) == 7);
  CHECK(TopK{.fraction = 0.01}.count(267'002) == 2670);
  CHECK(TopK{.fraction = 0.01}.count(3) == 1);
  CHECK(TopK{.fraction = 1}.count(3) == 3);
  CHECK(TopK{.fraction = 1}.count(0) == 0);
}

TEST_CASE("the largest numbers: bad messages and settings are refused") {
  const TopK codec{.fraction = 0.5};
  const auto message = [](int first, int second, int exponent) {
    return bytes_of({first, 0, 0, 0, second, 0, 0, second == 255 ? 255 : 0,  //
                     0, 0, 0x80, 0x3f, 0, 0, 0x80, exponent});
  };
  Vector<float> out(4);
  CHECK(decoded<float>(codec.make_decoder<float>(out), message(1, 1, 0x3f), 4) ==
        Vector<float>{{0, 1, 0, 1}});
  CHECK(refusal<float>(codec, 4, message(4, 0, 0x3f)) == Errc::out_of_range);
  CHECK(refusal<float>(codec, 4, message(1, 2, 0x3f)) == Errc::out_of_range);
  CHECK(refusal<float>(codec, 4, message(3, 0, 0x3f)) == Errc::out_of_range);
  CHECK(refusal<float>(codec, 4, message(1, 255, 0x3f)) == Errc::out_of_range);
  CHECK(refusal<float>(codec, 4, message(1, 1, 0x7f)) == Errc::not_finite);
  CHECK(refusal<float>(codec, 4, Bytes(15)) == Errc::size_mismatch);
  CHECK(refusal<float>(codec, 4, Bytes(17)) == Errc::size_mismatch);
  CHECK_THROWS_WITH_AS(TopK{.fraction = 0}.validate(), "TopK::fraction = 0, must be in (0, 1]",
                       std::invalid_argument);
}
