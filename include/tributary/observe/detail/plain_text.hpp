// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

namespace tributary::inline v0_1::detail {

/// Whether it is UTF-8 without control characters, which JSON, XML and protobufs can all contain.
inline bool is_plain_text(std::string_view text) {
  constexpr std::array<unsigned, 5> least{0, 0x20, 0x80, 0x800, 0x10000};  // by length
  for (std::size_t size = 0; !text.empty(); text.remove_prefix(size)) {
    const auto first = static_cast<unsigned char>(text.front());
    size = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (size == 0 || first >= 0xf8 || size > text.size()) return false;
    unsigned code = size == 1 ? first : first & (0x7fu >> size);
    for (const char c : text.substr(1, size - 1)) {
      const auto next = static_cast<unsigned char>(c);
      if (next >> 6 != 2) return false;
      code = code << 6 | (next & 0x3fu);
    }
    const bool surrogate = 0xd800 <= code && code < 0xe000,
               no_character = (code & 0xfffe) == 0xfffe;
    if (code < least[size] || code == 0x7f || code > 0x10ffff || surrogate || no_character)
      return false;
  }
  return true;
}

/// The shortest decimal that reads back as the same number, in any locale.
template <class T>
std::string shortest(T value) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end.ptr};
}

/// A decimal in any locale, with this number of digits after the point.
inline std::string decimal(double value, std::chars_format format, int digits) {
  std::array<char, 400> text;  // the largest double has 309 digits before the point
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, format, digits);
  return {text.data(), end.ptr};
}

}  // namespace tributary::inline v0_1::detail
