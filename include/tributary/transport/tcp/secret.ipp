// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tributary/core/detail/compiled.hpp>
#include <tributary/core/file.hpp>
#include <tributary/core/require.hpp>
#include <tributary/transport/tcp/secret.hpp>

namespace tributary::inline v0_1 {

TRIBUTARY_INLINE Bytes32 random_bytes32() {
  Bytes32 bytes;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), int{sizeof bytes}) != 1)
    throw std::runtime_error{"OpenSSL has no random bytes"};
  return bytes;
}

TRIBUTARY_INLINE std::uint64_t detail::random_number() {
  std::uint64_t number;
  const Bytes32 bytes = random_bytes32();
  std::memcpy(&number, bytes.data(), sizeof number);
  return number;
}

TRIBUTARY_INLINE void detail::cleanse(void* memory, std::size_t bytes) noexcept {
  OPENSSL_cleanse(memory, bytes);
}

TRIBUTARY_INLINE Secret Secret::of(std::string key) {
  Secret secret{key};
  OPENSSL_cleanse(key.data(), key.size());
  require(secret.key_.size() >= min_bytes, "Secret: bytes", secret.key_.size(), "at least 16");
  return secret;
}

TRIBUTARY_INLINE Secret Secret::from_file(const std::filesystem::path& path) {
  const FileContents file{path};
  detail::require_private(path);
  const std::string_view key = without_line_ends(file.bytes());
  if (key.size() < min_bytes)
    throw FileError{path.string() + ": has " + std::to_string(key.size()) +
                    " bytes, expected a key of at least " + std::to_string(min_bytes)};
  return Secret{key};
}

TRIBUTARY_INLINE Secret Secret::from_environment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (!value) throw std::invalid_argument{name + " is not set in the environment, expected a key"};
  const std::string_view key = without_line_ends(value);
  require(key.size() >= min_bytes, name + ": bytes", key.size(), "at least 16");
  return Secret{key};
}

TRIBUTARY_INLINE Bytes32 Secret::sign(std::span<const std::byte> bytes) const {
  Bytes32 mac;
  if (!HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
            reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
            reinterpret_cast<unsigned char*>(mac.data()), nullptr))
    throw std::runtime_error{"OpenSSL has no HMAC-SHA-256"};
  return mac;
}

TRIBUTARY_INLINE bool Secret::confirms(std::span<const std::byte> bytes, const Bytes32& mac) const {
  return CRYPTO_memcmp(sign(bytes).data(), mac.data(), sizeof mac) == 0;
}

}  // namespace tributary::inline v0_1
