// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

namespace tributary::inline v0_1::detail {

/// Writes the value, little-endian, and returns the address after it.
template <class T>
std::byte* store_little(std::byte* to, T value) {
  auto bytes = std::bit_cast<std::array<std::byte, sizeof(T)>>(value);
  if constexpr (std::endian::native == std::endian::big) std::ranges::reverse(bytes);
  std::memcpy(to, bytes.data(), sizeof(T));
  return to + sizeof(T);
}
template <class T>
T load_little(const std::byte* from) {
  std::array<std::byte, sizeof(T)> bytes;
  std::memcpy(bytes.data(), from, sizeof(T));
  if constexpr (std::endian::native == std::endian::big) std::ranges::reverse(bytes);
  return std::bit_cast<T>(bytes);
}

}  // namespace tributary::inline v0_1::detail
