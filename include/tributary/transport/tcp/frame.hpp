// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tributary/core/crc32c.hpp>
#include <tributary/core/little_endian.hpp>
#include <tributary/core/result.hpp>
#include <tributary/transport/tcp/bytes.hpp>
#include <tributary/transport/tcp/errc.hpp>
#include <tributary/transport/tcp/options.hpp>
#include <type_traits>
#include <vector>

namespace tributary::inline v0_1 {

enum class FrameType : std::uint8_t {
  hello = 1,
  challenge,
  auth,
  welcome,
  ready,
  refuse,
  commit,
  chunk,
  reply,
  ping,
  stop,
  goodbye,
  farewell,
  pull,
  grant,
};

inline bool has_no_payload(FrameType type) {
  return type == FrameType::ready || type == FrameType::ping || type == FrameType::stop ||
         type == FrameType::pull;
}

/// The encoding of a payload's elements.
enum class CodecId : std::uint8_t {
  none,  ///< A payload without elements.
  float32,
  float64,
  float16,
  bfloat16,
  int8,
  one_bit,
  top_k,
  zstd,
};

inline constexpr std::uint32_t frame_magic = 0x54425254;  ///< The bytes "TRBT".
inline constexpr std::uint8_t protocol_major = 1;         ///< Peers with another one are refused.
inline constexpr std::uint8_t protocol_minor = 0;         ///< Peers with any are accepted.

inline constexpr std::size_t frame_header_bytes = 64;
inline constexpr std::uint32_t default_frame_bytes = 256 << 10;  ///< Usual size of a payload.
inline constexpr std::uint32_t max_handshake_bytes = 4 << 10;    ///< Limit before authentication.

/// The header of a frame: docs/protocol.md has its 64 bytes.
struct FrameHeader {
  std::uint8_t major = protocol_major;
  std::uint8_t minor = protocol_minor;
  FrameType type = {};
  CodecId codec = CodecId::none;
  std::uint16_t flags = 0;  ///< No flag has a meaning yet.
  std::uint16_t shard = 0;
  std::uint64_t session = 0;
  std::uint64_t sequence = 0;
  std::uint64_t merges = 0;
  std::uint64_t offset = 0;  ///< Offset of this payload in its message, in bytes.
  std::uint64_t count = 0;   ///< Bytes of the whole message.
  std::uint32_t length = 0;  ///< Bytes of this payload.
  std::uint32_t payload_crc = 0;

  bool operator==(const FrameHeader&) const = default;
};

inline std::array<std::byte, frame_header_bytes> encode(const FrameHeader& header) {
  std::array<std::byte, frame_header_bytes> bytes;
  std::byte* to = bytes.data();
  const auto put = [&to](auto... values) { ((to = detail::store_little(to, values)), ...); };
  put(frame_magic, header.major, header.minor, header.type, header.codec, header.flags,
      header.shard);
  std::byte* const checksum = to;
  put(std::uint32_t{0}, header.session, header.sequence, header.merges, header.offset, header.count,
      header.length, header.payload_crc);
  detail::store_little(checksum, crc32c(bytes));
  return bytes;
}

/// Refuses payloads of more than `most` bytes, and headers that this version does not know.
inline TcpResult<FrameHeader> decode(std::span<const std::byte, frame_header_bytes> bytes,
                                     std::uint32_t most = max_frame_bytes) {
  const std::byte* from = bytes.data();
  const auto get = [&from](auto&... values) {
    ((values = detail::load_little<std::remove_reference_t<decltype(values)>>(from),
      from += sizeof values),
     ...);
  };
  FrameHeader header;
  std::uint32_t magic, checksum;
  get(magic, header.major, header.minor, header.type, header.codec, header.flags, header.shard,
      checksum, header.session, header.sequence, header.merges, header.offset, header.count,
      header.length, header.payload_crc);
  if (magic != frame_magic) return TcpErrc::wrong_magic;
  if (header.major != protocol_major) return TcpErrc::unknown_version;
  if (!std::ranges::equal(encode(header), bytes)) return TcpErrc::wrong_header_checksum;
  if (header.type < FrameType::hello || header.type > FrameType::grant)
    return TcpErrc::unknown_type;
  if (header.flags != 0) return TcpErrc::unknown_flag;
  if (header.codec > CodecId::zstd) return TcpErrc::unknown_codec;
  if (header.length > most) return TcpErrc::too_long;
  if (header.length > header.count || header.offset > header.count - header.length)
    return TcpErrc::outside_message;
  return header;
}

/// The header of a frame that is a whole message, without elements.
inline FrameHeader whole_header(FrameType type, std::uint64_t session,
                                std::span<const std::byte> payload) {
  return {.type = type,
          .session = session,
          .count = payload.size(),
          .length = static_cast<std::uint32_t>(payload.size()),
          .payload_crc = crc32c(payload)};
}
inline std::vector<std::byte> whole_frame(FrameType type, std::uint64_t session,
                                          std::span<const std::byte> payload) {
  return ByteWriter{}.bytes(encode(whole_header(type, session, payload))).bytes(payload).take();
}

}  // namespace tributary::inline v0_1
