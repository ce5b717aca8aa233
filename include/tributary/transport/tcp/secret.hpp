// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tributary/core/file.hpp>
#include <tributary/core/require.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

using Bytes32 = std::array<std::byte, 32>;  ///< A nonce, or an HMAC-SHA-256.

/// From the system's source. Throws std::runtime_error if it has none.
inline Bytes32 random_bytes32() {
  Bytes32 bytes;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), int{sizeof bytes}) != 1)
    throw std::runtime_error{"OpenSSL has no random bytes"};
  return bytes;
}

namespace detail {

inline std::uint64_t random_number() {
  std::uint64_t number;
  const Bytes32 bytes = random_bytes32();
  std::memcpy(&number, bytes.data(), sizeof number);
  return number;
}

/// Overwrites what it gives back.
template <class T>
struct CleansingAllocator : std::allocator<T> {
  void deallocate(T* memory, std::size_t count) {
    OPENSSL_cleanse(memory, count * sizeof(T));
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
  static Secret of(std::string key) {
    Secret secret{key};
    OPENSSL_cleanse(key.data(), key.size());
    require(secret.key_.size() >= min_bytes, "Secret: bytes", secret.key_.size(), "at least 16");
    return secret;
  }
  /// All of a file but the ends of line at its end. Throws FileError if there is no key of
  /// sufficient length, and, where files have permissions, if others than the owner have any.
  static Secret from_file(const std::filesystem::path& path) {
    const FileContents file{path};
    detail::require_private(path);
    const std::string_view key = without_line_ends(file.bytes());
    if (key.size() < min_bytes)
      throw FileError{path.string() + ": has " + std::to_string(key.size()) +
                      " bytes, expected a key of at least " + std::to_string(min_bytes)};
    return Secret{key};
  }
  /// The value of an environment variable, without line ends at its end, as from_file() reads it.
  /// Throws std::invalid_argument if it is not set or too short.
  static Secret from_environment(const std::string& name) {
    const char* const value = std::getenv(name.c_str());
    if (!value)
      throw std::invalid_argument{name + " is not set in the environment, expected a key"};
    const std::string_view key = without_line_ends(value);
    require(key.size() >= min_bytes, name + ": bytes", key.size(), "at least 16");
    return Secret{key};
  }

  bool empty() const noexcept { return key_.empty(); }

  /// HMAC-SHA-256, RFC 2104, of what was said.
  Bytes32 sign(std::span<const std::byte> said) const {
    Bytes32 mac;
    if (!HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
              reinterpret_cast<const unsigned char*>(said.data()), said.size(),
              reinterpret_cast<unsigned char*>(mac.data()), nullptr))
      throw std::runtime_error{"OpenSSL has no HMAC-SHA-256"};
    return mac;
  }
  /// In a time that does not tell how much of it is right.
  bool confirms(std::span<const std::byte> said, const Bytes32& mac) const {
    return CRYPTO_memcmp(sign(said).data(), mac.data(), sizeof mac) == 0;
  }

 private:
  static std::string_view without_line_ends(std::string_view text) {
    return text.substr(0, text.find_last_not_of("\r\n") + 1);
  }

  explicit Secret(std::string_view key) : key_(key.begin(), key.end()) {}

  std::vector<char, detail::CleansingAllocator<char>> key_;
};

}  // namespace tributary::inline v0_1
