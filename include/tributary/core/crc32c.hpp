// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <tributary/core/little_endian.hpp>

namespace tributary::inline v0_1 {

/// The checksum CRC-32C (Castagnoli) of RFC 3720, B.4. It can be continued: crc32c(b, crc32c(a)) is
/// the checksum of a followed by b. It uses CPU instructions where available.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0) noexcept;

/// For example "checksum 8a9136aa".
std::string checksum_text(std::uint32_t checksum);

/// The checksum of values in little-endian order, equal on every machine.
template <class T>
std::uint32_t crc32c_of_numbers(std::span<const T> values, std::uint32_t before = 0) noexcept {
  if constexpr (std::endian::native == std::endian::little) {
    return crc32c(std::as_bytes(values), before);
  } else {
    std::uint32_t crc = before;
    std::array<std::byte, sizeof(T)> bytes;
    for (const T value : values) {
      detail::store_little(bytes.data(), value);
      crc = crc32c(bytes, crc);
    }
    return crc;
  }
}

}  // namespace tributary::inline v0_1

#ifndef TRIBUTARY_COMPILED
#include <tributary/core/crc32c.ipp>
#endif
