#include <tributary/transport/tcp/bytes.hpp>

#include <doctest/doctest.h>

#include "transport/tcp/support.hpp"

using namespace tributary;

TEST_CASE("written fields are read back") {
  const std::array<std::byte, 3> some{std::byte{1}, std::byte{2}, std::byte{3}};
  const Bytes bytes = ByteWriter{}
                          .number(std::uint8_t{200})
                          .number(std::int32_t{-2})
                          .number(std::uint64_t{1} << 63)
                          .bytes(some)
                          .text("a text")
                          .text("")
                          .take();
  ByteReader reader{bytes};
  CHECK(reader.number<std::uint8_t>() == 200);
  CHECK(reader.number<std::int32_t>() == -2);
  CHECK(reader.number<std::uint64_t>() == std::uint64_t{1} << 63);
  CHECK(reader.bytes<3>() == some);
  CHECK(reader.text() == "a text");
  CHECK_FALSE(reader.complete());
  CHECK(reader.text().empty());
  CHECK(reader.complete());
}

TEST_CASE("numbers are little-endian and texts begin with their length") {
  CHECK(ByteWriter{}.number(std::uint32_t{0x64636261}).take() == bytes_of("abcd"));
  CHECK(ByteWriter{}.text("xyz").take() == bytes_of({"\3\0xyz", 5}));
}

TEST_CASE("nothing is read past the end, and a failure stays") {
  const Bytes bytes = ByteWriter{}.number(std::uint16_t{9}).number(std::uint16_t{8}).take();
  ByteReader reader{bytes};
  CHECK(reader.number<std::uint16_t>() == 9);
  CHECK(reader.number<std::uint32_t>() == 0);
  CHECK(reader.failed());
  CHECK(reader.number<std::uint16_t>() == 0);  // although it is present
  CHECK(reader.bytes<2>() == std::array<std::byte, 2>{});
  CHECK(reader.text().empty());
  CHECK_FALSE(reader.complete());
}

TEST_CASE("a text with a length beyond the message is a failure") {
  const Bytes bytes = bytes_of({"\4\0xyz", 5});
  ByteReader reader{bytes};
  CHECK(reader.text().empty());
  CHECK(reader.failed());
}

TEST_CASE("a text with characters that are not printable is a failure") {
  for (const std::string_view text : {"a\nb", "\x1b[2J", "\x7f", "\xc3\xa4"}) {
    const Bytes bytes = ByteWriter{}.text(text).take();
    ByteReader reader{bytes};
    CHECK(reader.text().empty());
    CHECK(reader.failed());
  }
}

TEST_CASE("a text is cut at the largest length") {
  const Bytes bytes = ByteWriter{}.text(std::string(70'000, 'x')).take();
  ByteReader reader{bytes};
  CHECK(reader.text() == std::string(65'535, 'x'));
  CHECK(reader.complete());
}

TEST_CASE("a text is made printable") {
  CHECK(printable("one\r\ntwo \x1b[31m", 100) == "one??two ?[31m");
  CHECK(printable("abcdef", 3) == "abc");
}
