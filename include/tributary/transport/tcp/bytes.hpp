// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <tributary/core/little_endian.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

/// ASCII without control characters, because texts of peers appear on terminals and in logs.
constexpr bool is_printable(char character) { return character >= ' ' && character <= '~'; }

/// At most `most` characters of a text, with a question mark for each unprintable one.
inline std::string printable(std::string_view text, std::size_t most) {
  std::string result{text.substr(0, most)};
  std::ranges::replace_if(
      result, [](char c) { return !is_printable(c); }, '?');
  return result;
}

/// Appends fields to a message.
class ByteWriter {
 public:
  template <std::integral T>
  ByteWriter& number(T value) {
    std::array<std::byte, sizeof(T)> bytes;
    detail::store_little(bytes.data(), value);
    return this->bytes(bytes);
  }
  ByteWriter& bytes(std::span<const std::byte> bytes) {
    const std::size_t end = bytes_.size();
    bytes_.resize(end + bytes.size());  // g++ 12 has a false warning for insert()
    std::ranges::copy(bytes, bytes_.begin() + static_cast<std::ptrdiff_t>(end));
    return *this;
  }
  /// The length in 16 bits, and the bytes; a longer text is cut.
  ByteWriter& text(std::string_view text) {
    text = text.substr(0, std::numeric_limits<std::uint16_t>::max());
    number(static_cast<std::uint16_t>(text.size()));
    return bytes(std::as_bytes(std::span{text}));
  }
  std::span<const std::byte> view() const noexcept { return bytes_; }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

/// Reads fields from an unchecked message. A missing or malformed field is 0 or empty, and so are
/// all fields after it; check complete() at the end.
class ByteReader {
 public:
  /// The bytes must outlive this.
  explicit ByteReader(std::span<const std::byte> bytes) : rest_{bytes} {}

  template <std::integral T>
  T number() {
    const auto bytes = take(sizeof(T));
    return bytes.empty() ? T{} : detail::load_little<T>(bytes.data());
  }
  template <std::size_t size>
  std::array<std::byte, size> bytes() {
    std::array<std::byte, size> result{};
    std::ranges::copy(take(size), result.begin());
    return result;
  }
  /// A text of printable characters only.
  std::string text() {
    const auto bytes = take(number<std::uint16_t>());
    std::string result(bytes.size(), '\0');
    std::ranges::transform(bytes, result.begin(), [](std::byte b) { return static_cast<char>(b); });
    if (!std::ranges::all_of(result, is_printable)) fail();
    return failed_ ? std::string{} : result;
  }
  bool failed() const noexcept { return failed_; }
  /// All fields were read, and no bytes are left.
  bool complete() const noexcept { return !failed_ && rest_.empty(); }

 private:
  std::span<const std::byte> take(std::size_t count) {
    if (count > rest_.size()) fail();
    if (failed_) return {};
    const auto taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  void fail() {
    failed_ = true;
    rest_ = {};
  }

  std::span<const std::byte> rest_;
  bool failed_ = false;
};

}  // namespace tributary::inline v0_1
