#include <tributary/inference/detail/base64.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <tributary/core/random.hpp>
#include <utility>
#include <vector>

using namespace tributary;

namespace {

std::string encoded(std::string_view text) { return to_base64(std::as_bytes(std::span{text})); }

bool decodes(std::string_view text, std::size_t size) {
  std::vector<std::byte> bytes(size);
  return from_base64(text, bytes);
}

}  // namespace

TEST_CASE("base64 is that of RFC 4648, section 10") {
  const std::vector<std::pair<std::string, std::string>> vectors{{"", ""},
                                                                 {"f", "Zg=="},
                                                                 {"fo", "Zm8="},
                                                                 {"foo", "Zm9v"},
                                                                 {"foob", "Zm9vYg=="},
                                                                 {"fooba", "Zm9vYmE="},
                                                                 {"foobar", "Zm9vYmFy"}};
  for (const auto& [text, base64] : vectors) {
    CHECK(encoded(text) == base64);
    std::string back(text.size(), ' ');
    CHECK(from_base64(base64, std::as_writable_bytes(std::span{back})));
    CHECK(back == text);
  }
}

TEST_CASE("all bytes come back from base64, at every length") {
  Rng rng = Seed{1}.rng();
  for (std::size_t size = 0; size < 300; ++size) {
    std::vector<std::byte> bytes(size);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(rng());
    const std::string text = to_base64(bytes);
    CHECK(text.size() == base64_size(size));
    std::vector<std::byte> back(size);
    CHECK(from_base64(text, back));
    CHECK(back == bytes);
  }
}

TEST_CASE("text that is not the base64 of the expected bytes is refused") {
  CHECK_FALSE(decodes("Zm9v", 2));
  CHECK_FALSE(decodes("Zm9v", 4));
  CHECK_FALSE(decodes("Zm8=", 3));
  CHECK_FALSE(decodes("Zm8", 2));
  CHECK_FALSE(decodes("Zm9=", 2));  // bits that are left over must be 0
  CHECK_FALSE(decodes("Zh==", 1));
  CHECK_FALSE(decodes("Z===", 1));
  CHECK_FALSE(decodes("Zm=v", 3));
  const std::string_view strange{"-_ \n\0\xff=*", 8};
  for (const char letter : strange) {
    for (std::size_t at = 0; at < 8; ++at) {
      std::string text = "Zm9vYmE=";
      if (text[at] == letter) continue;
      text[at] = letter;
      CHECK_FALSE(decodes(text, 5));
    }
  }
}
