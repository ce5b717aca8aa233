// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tributary::inline v0_1 {

namespace detail {

inline constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

inline constexpr std::uint32_t not_base64 = 0x80000000;
/// The six bits of a character, or not_base64.
inline constexpr auto base64_values = [] {
  std::array<std::uint32_t, 256> values{};
  values.fill(not_base64);
  for (std::size_t i = 0; i < base64_alphabet.size(); ++i)
    values[static_cast<unsigned char>(base64_alphabet[i])] = static_cast<std::uint32_t>(i);
  return values;
}();

}  // namespace detail

/// Number of base64 characters for this number of bytes.
constexpr std::size_t base64_size(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

/// Base64 of RFC 4648, section 4: with padding and without line breaks.
inline std::string to_base64(std::span<const std::byte> bytes) {
  std::string text(base64_size(bytes.size()), '=');
  std::size_t at = 0;
  for (; !bytes.empty(); bytes = bytes.subspan(std::min<std::size_t>(3, bytes.size()))) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8 | (i < bytes.size() ? static_cast<std::uint32_t>(bytes[i]) : 0);
    for (std::size_t i = 0; i < 4; ++i) {
      if (i <= bytes.size()) text[at + i] = detail::base64_alphabet[group >> (18 - 6 * i) & 63];
    }
    at += 4;
  }
  return text;
}

/// Decodes into `bytes`. False unless the text is the output of to_base64() for that many bytes.
inline bool from_base64(std::string_view text, std::span<std::byte> bytes) {
  if (text.size() != base64_size(bytes.size())) return false;
  const auto value = [](char letter) {
    return detail::base64_values[static_cast<unsigned char>(letter)];
  };
  const std::size_t whole = bytes.size() / 3;
  std::uint32_t wrong = 0;
  for (std::size_t i = 0; i < whole; ++i) {
    const char* const from = text.data() + 4 * i;
    const std::uint32_t a = value(from[0]), b = value(from[1]), c = value(from[2]),
                        d = value(from[3]);
    wrong |= a | b | c | d;
    const std::uint32_t group = a << 18 | b << 12 | c << 6 | d;
    for (std::size_t k = 0; k < 3; ++k)
      bytes[3 * i + k] = static_cast<std::byte>(group >> (16 - 8 * k));
  }
  if (wrong & detail::not_base64) return false;
  // The end may have padding. It is valid if encoding gives it back.
  const std::span<std::byte> end = bytes.subspan(3 * whole);
  const std::string_view last = text.substr(4 * whole);
  if (end.empty()) return true;
  const std::uint32_t group = value(last[0]) << 18 | value(last[1]) << 12 | value(last[2]) << 6;
  for (std::size_t k = 0; k < end.size(); ++k)
    end[k] = static_cast<std::byte>(group >> (16 - 8 * k));
  return to_base64(end) == last;
}

}  // namespace tributary::inline v0_1
