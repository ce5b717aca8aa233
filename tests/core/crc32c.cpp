#include <tributary/core/crc32c.ipp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string_view>
#include <vector>

using namespace tributary;

namespace {

using Bytes = std::vector<std::byte>;

Bytes random_bytes(std::size_t size) {
  std::mt19937 random{1};
  Bytes bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

/// By the definition, a bit at a time.
std::uint32_t by_definition(std::span<const std::byte> bytes) {
  std::uint32_t crc = ~0u;
  for (const std::byte byte : bytes) {
    crc ^= static_cast<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0u);
  }
  return ~crc;
}

std::uint32_t portable(std::span<const std::byte> bytes) {
  return ~detail::crc32c_portable(~0u, bytes);
}

/// By instructions that older CPUs have.
std::uint32_t streams(std::span<const std::byte> bytes) {
#ifdef __x86_64__
  if (detail::has_crc32c()) return ~detail::crc32c_streams(~0u, bytes);
#endif
  return crc32c(bytes);
}

}  // namespace

TEST_CASE("CRC32C has the published values") {
  const auto check = [](const Bytes& bytes, std::uint32_t expected) {
    CHECK(crc32c(bytes) == expected);
    CHECK(streams(bytes) == expected);
    CHECK(portable(bytes) == expected);
  };
  // RFC 3720, B.4.
  Bytes bytes(32);
  check(bytes, 0x8a9136aa);
  std::ranges::fill(bytes, std::byte{0xff});
  check(bytes, 0x62a8ab43);
  for (std::size_t i = 0; i < 32; ++i) bytes[i] = static_cast<std::byte>(i);
  check(bytes, 0x46dd794e);
  std::ranges::reverse(bytes);
  check(bytes, 0x113fdb5c);
  bytes.assign(48, std::byte{0});
  for (const auto& [at, value] : {std::pair{0, 0x01},
                                  {1, 0xc0},
                                  {16, 0x14},
                                  {22, 0x04},
                                  {27, 0x14},
                                  {31, 0x18},
                                  {32, 0x28},
                                  {40, 0x02}})
    bytes[static_cast<std::size_t>(at)] = static_cast<std::byte>(value);
  check(bytes, 0xd9963a56);
  // The check value of the catalogs.
  const std::string_view digits = "123456789";
  bytes.resize(digits.size());
  std::memcpy(bytes.data(), digits.data(), digits.size());
  check(bytes, 0xe3069283);
  check({}, 0);
}

TEST_CASE("CRC32C is the same by tables, by instructions and by its definition") {
  const Bytes bytes = random_bytes(1100);
  for (std::size_t begin = 0; begin < 16; ++begin) {
    for (std::size_t length = 0; length <= 1080; length += length < 600 ? 1 : 7) {
      const Bytes part(bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                       bytes.begin() + static_cast<std::ptrdiff_t>(begin + length));
      const std::uint32_t expected = by_definition(part);
      REQUIRE(crc32c(std::span{bytes}.subspan(begin, length)) == expected);
      REQUIRE(streams(std::span{bytes}.subspan(begin, length)) == expected);
      REQUIRE(portable(std::span{bytes}.subspan(begin, length)) == expected);
      REQUIRE(crc32c(part) == expected);  // so that the sanitizer detects reads past the end
      REQUIRE(portable(part) == expected);
    }
  }
}

TEST_CASE("CRC32C of long messages is the same by tables, by instructions and by its definition") {
  const Bytes bytes = random_bytes(300'000);
  for (const std::size_t length : {1024u, 3071u, 3072u, 3073u, 6144u, 10'000u, 262'144u, 299'995u})
    for (const std::size_t begin : {0u, 1u, 5u}) {
      const auto part = std::span{bytes}.subspan(begin, length);
      const std::uint32_t expected = by_definition(part);
      CHECK(crc32c(part) == expected);
      CHECK(streams(part) == expected);
      CHECK(portable(part) == expected);
    }
}

TEST_CASE("CRC32C continues from the checksum of the bytes before") {
  const Bytes bytes = random_bytes(7000);
  const std::uint32_t whole = crc32c(bytes);
  for (std::size_t cut = 0; cut <= bytes.size(); cut += 61) {
    const auto both = std::span{bytes};
    REQUIRE(crc32c(both.subspan(cut), crc32c(both.first(cut))) == whole);
  }
}
