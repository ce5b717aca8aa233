#include <tributary/transport/tcp/frame.hpp>
#include <tributary/transport/tcp/frames.hpp>

#include <doctest/doctest.h>

#include <random>
#include <string>

#include "transport/tcp/support.hpp"

using namespace tributary;

namespace {

const FrameHeader example{.type = FrameType::chunk,
                          .codec = CodecId::float16,
                          .shard = 0x0102,
                          .session = 0x1112131415161718,
                          .sequence = 0x2122232425262728,
                          .merges = 0x3132333435363738,
                          .offset = 1000,
                          .count = 5000,
                          .length = 4000,
                          .payload_crc = 0x41424344};

TcpErrc refusal(const Bytes& bytes) {
  const auto header = decode(header_of(bytes));
  REQUIRE_FALSE(header);
  return header.error();
}
TcpErrc refusal(const FrameHeader& header) {
  const auto bytes = encode(header);
  return refusal(Bytes(bytes.begin(), bytes.end()));
}
FrameHeader with(auto FrameHeader::*member, auto value) {
  FrameHeader header = example;
  header.*member = static_cast<std::remove_reference_t<decltype(header.*member)>>(value);
  return header;
}

}  // namespace

TEST_CASE("a header has the bytes of the protocol") {
  const Bytes expected =
      bytes_of({"TRBT\1\0\x08\3\0\0\2\1"
                "\0\0\0\0"
                "\x18\x17\x16\x15\x14\x13\x12\x11"
                "\x28\x27\x26\x25\x24\x23\x22\x21"
                "\x38\x37\x36\x35\x34\x33\x32\x31"
                "\xe8\3\0\0\0\0\0\0"
                "\x88\x13\0\0\0\0\0\0"
                "\xa0\x0f\0\0\x44\x43\x42\x41",
                64});
  Bytes bytes(frame_header_bytes);
  std::ranges::copy(encode(example), bytes.begin());
  const auto checksum = ByteReader{std::span{bytes}.subspan(12, 4)}.number<std::uint32_t>();
  std::ranges::fill(bytes.begin() + 12, bytes.begin() + 16, std::byte{0});
  CHECK(bytes == expected);
  CHECK(checksum == crc32c(expected));
}

TEST_CASE("a header is decoded to what was encoded") {
  std::mt19937_64 random{1};
  for (int repeat = 0; repeat < 1000; ++repeat) {
    const auto length = static_cast<std::uint32_t>(random() % (max_frame_bytes + 1));
    const std::uint64_t offset = random() >> random() % 64 >> 1;
    const FrameHeader header{.minor = static_cast<std::uint8_t>(random()),
                             .type = FrameType{static_cast<std::uint8_t>(1 + random() % 15)},
                             .codec = CodecId{static_cast<std::uint8_t>(random() % 9)},
                             .shard = static_cast<std::uint16_t>(random()),
                             .session = random(),
                             .sequence = random(),
                             .merges = random(),
                             .offset = offset,
                             .count = offset + length + random() % 2,
                             .length = length,
                             .payload_crc = static_cast<std::uint32_t>(random())};
    const auto decoded = decode(encode(header));
    REQUIRE(decoded);
    CHECK(*decoded == header);
  }
}

TEST_CASE("every flipped bit of a header is refused") {
  const auto bytes = encode(example);
  for (std::size_t bit = 0; bit < 8 * frame_header_bytes; ++bit) {
    Bytes flipped(bytes.begin(), bytes.end());
    flipped[bit / 8] ^= std::byte{1} << static_cast<int>(bit % 8);
    const TcpErrc expected = bit < 8 * 4   ? TcpErrc::wrong_magic
                             : bit < 8 * 5 ? TcpErrc::unknown_version
                                           : TcpErrc::wrong_header_checksum;
    CHECK(refusal(flipped) == expected);
  }
}

TEST_CASE("the bytes of other protocols are not a peer's") {
  std::string http = "GET / HTTP/1.1\r\nHost: example.org\r\nUser-Agent: curl/7.88.1\r\n\r\n";
  http.resize(frame_header_bytes, '\n');
  std::string tls{"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", 11};
  tls.resize(frame_header_bytes, '\x5a');
  std::string pickle{"\x80\x04\x95\x1d\0\0\0\0\0\0\0\x8c\x05posix\x94\x8c\x06system\x94\x93\x94",
                     30};
  pickle.resize(frame_header_bytes, '.');
  for (const std::string& bytes : {http, tls, pickle, std::string(frame_header_bytes, '\0')})
    CHECK(refusal(bytes_of(bytes)) == TcpErrc::wrong_magic);
  CHECK(message(TcpErrc::wrong_magic) == "the bytes are not from a Tributary peer");
}

TEST_CASE("each damage of a header has its own error") {
  CHECK(refusal(with(&FrameHeader::major, 0)) == TcpErrc::unknown_version);
  CHECK(refusal(with(&FrameHeader::major, 2)) == TcpErrc::unknown_version);
  CHECK(refusal(with(&FrameHeader::type, 0)) == TcpErrc::unknown_type);
  CHECK(refusal(with(&FrameHeader::type, 16)) == TcpErrc::unknown_type);
  CHECK(refusal(with(&FrameHeader::type, 255)) == TcpErrc::unknown_type);
  for (int flag = 1; flag < 1 << 16; flag <<= 1)
    CHECK(refusal(with(&FrameHeader::flags, flag)) == TcpErrc::unknown_flag);
  CHECK(refusal(with(&FrameHeader::codec, 9)) == TcpErrc::unknown_codec);
  CHECK(refusal(with(&FrameHeader::codec, 255)) == TcpErrc::unknown_codec);
}

TEST_CASE("a payload is within its message and its limit, for any lengths") {
  const auto header = [](std::uint64_t offset, std::uint64_t count, std::uint32_t length) {
    return FrameHeader{
        .type = FrameType::chunk, .offset = offset, .count = count, .length = length};
  };
  constexpr std::uint64_t most = ~std::uint64_t{0};
  CHECK(decode(encode(header(0, 0, 0))));
  CHECK(decode(encode(header(7, 10, 3))));
  CHECK(decode(encode(header(most, most, 0))));
  CHECK(decode(encode(header(most - 5, most, 5))));
  CHECK(decode(encode(header(0, max_frame_bytes, max_frame_bytes))));
  CHECK(refusal(header(0, most, max_frame_bytes + 1)) == TcpErrc::too_long);
  CHECK(refusal(header(0, most, ~0u)) == TcpErrc::too_long);
  CHECK(refusal(header(0, 9, 10)) == TcpErrc::outside_message);
  CHECK(refusal(header(8, 10, 3)) == TcpErrc::outside_message);
  CHECK(refusal(header(11, 10, 0)) == TcpErrc::outside_message);
  CHECK(refusal(header(most, 10, 10)) == TcpErrc::outside_message);
  CHECK(refusal(header(most, most, 1)) == TcpErrc::outside_message);

  CHECK(decode(encode(header(0, max_handshake_bytes, max_handshake_bytes)), max_handshake_bytes));
  const auto longer = decode(encode(header(0, 5000, max_handshake_bytes + 1)), max_handshake_bytes);
  REQUIRE_FALSE(longer);
  CHECK(longer.error() == TcpErrc::too_long);
}

TEST_CASE("a whole frame is its header and its payload") {
  const Bytes payload = bytes_of("what it says");
  const Bytes frame = whole_frame(FrameType::ping, 17, payload);
  const auto header = decode(header_of(frame));
  REQUIRE(header);
  CHECK(*header == whole_header(FrameType::ping, 17, payload));
  CHECK(header->session == 17);
  CHECK(header->count == payload.size());
  CHECK(header->length == payload.size());
  CHECK(header->payload_crc == crc32c(payload));
  CHECK(Bytes(frame.begin() + frame_header_bytes, frame.end()) == payload);
}

TEST_CASE("during the handshake a frame that is too long is refused with this reason") {
  for (const std::uint64_t count : {0u, 4097u, 5000u}) {
    CAPTURE(count);
    detail::FrameReader reader{max_handshake_bytes};
    const auto bytes = encode({.type = FrameType::hello, .count = count, .length = 4097});
    std::ranges::copy(bytes, reader.space()[0].begin());
    const auto complete = reader.advance(bytes.size());
    REQUIRE_FALSE(complete);
    CHECK(complete.error() == TcpErrc::too_long);
  }
}
