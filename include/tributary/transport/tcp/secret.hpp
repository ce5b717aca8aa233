// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tributary::inline v0_1 {

using Bytes32 = std::array<std::byte, 32>;  ///< A nonce, or an HMAC-SHA-256.

/// From the system's source. Throws std::runtime_error if it has none.
Bytes32 random_bytes32();

namespace detail {

std::uint64_t random_number();
void cleanse(void* memory, std::size_t bytes) noexcept;

/// Overwrites what it gives back.
template <class T>
struct CleansingAllocator : std::allocator<T> {
  void deallocate(T* memory, std::size_t count) {
    cleanse(memory, count * sizeof(T));
    std::allocator<T>::deallocate(memory, count);
  }
};

}  // namespace detail

/// A key that the processes of a run share, or none. There is no way to get it back or to print
/// it, and no memory keeps it after the last copy. Good ones are random: openssl rand -hex 32.
class Secret {
 public:
  static constexpr std::size_t min_bytes = 16;

  /// None.
  Secret() = default;
  /// Throws std::invalid_argument if it is too short.
  static Secret of(std::string key);
  /// All of a file but the ends of line at its end. Throws FileError if there is no key of
  /// sufficient length, and, where files have permissions, if others than the owner have any.
  static Secret from_file(const std::filesystem::path& path);
  /// The value of an environment variable, without line ends at its end, as from_file() reads it.
  /// Throws std::invalid_argument if it is not set or too short.
  static Secret from_environment(const std::string& name);

  bool empty() const noexcept { return key_.empty(); }

  /// HMAC-SHA-256, RFC 2104, of what was said.
  Bytes32 sign(std::span<const std::byte> said) const;
  /// In a time that does not tell how much of it is right.
  bool confirms(std::span<const std::byte> said, const Bytes32& mac) const;

 private:
  static std::string_view without_line_ends(std::string_view text) {
    return text.substr(0, text.find_last_not_of("\r\n") + 1);
  }

  explicit Secret(std::string_view key) : key_(key.begin(), key.end()) {}

  std::vector<char, detail::CleansingAllocator<char>> key_;
};

}  // namespace tributary::inline v0_1

#ifndef TRIBUTARY_COMPILED
#include <tributary/transport/tcp/secret.ipp>
#endif
