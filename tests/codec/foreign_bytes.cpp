// Arbitrary bytes: no decoder reads past their end, which the address sanitizer checks, and
// accepted values are finite.

#include <doctest/doctest.h>

#include "codec/every_codec.hpp"
#include "codec/support.hpp"

using namespace tributary;

namespace {

/// Whether the decoder accepts these bytes.
template <Real S>
bool accepts(auto& decoder, const Bytes& bytes, Index size) {
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
        accepts<S>(decoder, bytes, size);
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
    CHECK(accepts<S>(decoder, message, size));
    int refused = 0;
    for (int repeat = 0; repeat < 2000; ++repeat) {
      Bytes bytes = message;
      if (repeat % 8 == 0) bytes.resize(random() % (2 * bytes.size()));
      for (auto changes = random() % 4; changes > 0 && !bytes.empty(); --changes)
        bytes[random() % bytes.size()] = static_cast<std::byte>(random());
      refused += !accepts<S>(decoder, bytes, size);
    }
    CHECK(refused > 200);  // those of a wrong size
  });
}
