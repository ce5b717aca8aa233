#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <tributary/transport/tcp/frame.hpp>
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
