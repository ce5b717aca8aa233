#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <tributary/transport/tcp/frame.hpp>
#include <tributary/transport/tcp/handshake.hpp>
#include <vector>

using Bytes = std::vector<std::byte>;

inline Bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span{text});
  return {bytes.begin(), bytes.end()};
}

/// The first 64 bytes.
inline std::span<const std::byte, tributary::frame_header_bytes> header_of(
    std::span<const std::byte> bytes) {
  return bytes.first<tributary::frame_header_bytes>();
}

/// The frames of a stream, as long as they are whole, decodable and short, with their payloads.
struct Frames {
  struct Frame {
    tributary::FrameHeader header;
    Bytes payload;
  };
  std::vector<Frame> frames;
  std::optional<tributary::TcpErrc> error;

  explicit Frames(std::span<const std::byte> stream) {
    while (stream.size() >= tributary::frame_header_bytes) {
      const auto header = tributary::decode(header_of(stream), tributary::max_handshake_bytes);
      if (!header) {
        error = header.error();
        return;
      }
      stream = stream.subspan(tributary::frame_header_bytes);
      if (header->length > stream.size()) return;
      const auto payload = stream.first(header->length);
      frames.push_back({*header, {payload.begin(), payload.end()}});
      stream = stream.subspan(header->length);
    }
  }
};

/// Passes a stream to one side of a handshake as a connection would. Returns all its answers.
inline tributary::Answer deliver(auto& side, std::span<const std::byte> stream) {
  const Frames frames{stream};
  tributary::ByteWriter answers;
  for (const auto& [header, payload] : frames.frames) {
    const tributary::Answer answer = side.received(header, payload);
    if (!answer) return answer;
    answers.bytes(*answer);
  }
  if (frames.error) return tributary::Refusal{*frames.error};
  return answers.take();
}
