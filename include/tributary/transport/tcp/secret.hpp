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

/// Random bytes of the system. Throws std::runtime_error if it has none.
Bytes32 random_bytes32();

namespace detail {

std::uint64_t random_number();
void cleanse(void* memory, std::size_t bytes) noexcept;

/// Overwrites memory before it releases it.
template <class T>
struct CleansingAllocator : std::allocator<T> {
  void deallocate(T* memory, std::size_t count) {
    cleanse(memory, count * sizeof(T));
    std::allocator<T>::deallocate(memory, count);
  }
};

}  // namespace detail

/// A key that the processes of a run share, or no key. It cannot be read back or printed, and it is
/// erased from memory with the last copy. Use a random key: openssl rand -hex 32.
class Secret {
 public:
  static constexpr std::size_t min_bytes = 16;

  /// No key.
  Secret() = default;
  /// Throws std::invalid_argument if it is too short.
  static Secret of(std::string key);
  /// The content of a file without the line ends at its end. Throws FileError if the key is too
  /// short or, on systems with file permissions, if users other than the owner have any.
  static Secret from_file(const std::filesystem::path& path);
  /// The value of an environment variable, without line ends at its end, as from_file() reads it.
  /// Throws std::invalid_argument if it is not set or too short.
  static Secret from_environment(const std::string& name);

  bool empty() const noexcept { return key_.empty(); }

  /// HMAC-SHA-256, RFC 2104, of these bytes.
  Bytes32 sign(std::span<const std::byte> bytes) const;
  /// Whether `mac` is right. The time does not depend on the number of right bytes.
  bool confirms(std::span<const std::byte> bytes, const Bytes32& mac) const;

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
