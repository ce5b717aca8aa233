// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <tributary/core/crc32c.hpp>
#include <tributary/core/detail/compiled.hpp>
#include <tributary/core/little_endian.hpp>

#if defined(__x86_64__)
#include <nmmintrin.h>
#include <wmmintrin.h>
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

namespace tributary::inline v0_1 {

namespace detail {

// A register holds a polynomial over GF(2) modulo Castagnoli's. Its highest bit is the factor of
// x⁰.

constexpr std::uint32_t times_x(std::uint32_t crc) {
  return crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0u);
}

constexpr std::uint32_t power_of_x(std::size_t exponent) {
  std::uint32_t power = 1u << 31;
  while (exponent-- > 0) power = times_x(power);
  return power;
}

/// [k][b]: the register of a byte b followed by k zeros.
inline constexpr auto crc32c_tables = [] {
  std::array<std::array<std::uint32_t, 256>, 8> tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = times_x(crc);
    tables[0][byte] = crc;
  }
  for (std::size_t k = 1; k < 8; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t crc = tables[k - 1][byte];
      tables[k][byte] = tables[0][crc & 0xff] ^ crc >> 8;
    }
  }
  return tables;
}();

/// Eight bytes at a time: Kounavis and Berry, "Novel table lookup-based algorithms for
/// high-performance CRC generation", IEEE Transactions on Computers 57 (2008).
inline std::uint32_t crc32c_portable(std::uint32_t crc, std::span<const std::byte> bytes) noexcept {
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
    const std::uint64_t word = load_little<std::uint64_t>(bytes.data()) ^ crc;
    crc = 0;
    for (std::size_t k = 0; k < 8; ++k) crc ^= crc32c_tables[7 - k][word >> 8 * k & 0xff];
  }
  for (const std::byte byte : bytes)
    crc = crc32c_tables[0][(crc ^ static_cast<std::uint32_t>(byte)) & 0xff] ^ crc >> 8;
  return crc;
}

#if defined(__x86_64__)

/// Whether this CPU has the instructions of crc32c_hardware().
inline bool has_crc32c() noexcept {
  static const bool has = __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul");
  return has;
}

/// The register after this number of zeros. The product of two registers is one of 64 bits times
/// 1/x, and the instruction multiplies by x³².
template <std::size_t zeros>
[[gnu::target("sse4.2,pclmul")]] inline std::uint64_t crc32c_after(std::uint64_t crc) noexcept {
  constexpr std::uint32_t power = power_of_x(8 * zeros - 33);
  const __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128(static_cast<long long>(crc)),
                                               _mm_cvtsi64_si128(power), 0);
  return _mm_crc32_u64(0, static_cast<std::uint64_t>(_mm_cvtsi128_si64(product)));
}

/// Three interleaved streams: the instruction takes three cycles, but one can start in each.
[[gnu::target("sse4.2,pclmul")]] inline std::uint32_t crc32c_streams(
    std::uint32_t before, std::span<const std::byte> bytes) noexcept {
  constexpr std::size_t stream = 1024;
  std::uint64_t crc = before;
  for (; bytes.size() >= 3 * stream; bytes = bytes.subspan(3 * stream)) {
    std::uint64_t second = 0, third = 0;
    for (const std::byte *at = bytes.data(), *end = at + stream; at != end; at += 8) {
      crc = _mm_crc32_u64(crc, load_little<std::uint64_t>(at));
      second = _mm_crc32_u64(second, load_little<std::uint64_t>(at + stream));
      third = _mm_crc32_u64(third, load_little<std::uint64_t>(at + 2 * stream));
    }
    crc = crc32c_after<2 * stream>(crc) ^ crc32c_after<stream>(second) ^ third;
  }
  for (; bytes.size() >= 8; bytes = bytes.subspan(8))
    crc = _mm_crc32_u64(crc, load_little<std::uint64_t>(bytes.data()));
  auto rest = static_cast<std::uint32_t>(crc);
  for (const std::byte byte : bytes) rest = _mm_crc32_u8(rest, static_cast<unsigned char>(byte));
  return rest;
}

/// Folds each block of 256 bytes into the next one with the same remainder: Gopal et al., "Fast CRC
/// Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel 2009. A product of two
/// 64-bit words is one of 128 bits times 1/x.
[[gnu::target("avx512f,vpclmulqdq,sse4.2,pclmul")]] inline std::uint32_t crc32c_wide(
    std::uint32_t before, std::span<const std::byte> bytes) noexcept {
  using Words [[gnu::vector_size(64)]] = long long;
  constexpr std::size_t block = 4 * sizeof(Words);
  if (bytes.size() < 2 * block) return crc32c_streams(before, bytes);
  constexpr auto power = [](std::size_t exponent) {
    return std::bit_cast<long long>(std::uint64_t{power_of_x(exponent)} << 32);
  };
  constexpr long long first = power(8 * block + 63), second = power(8 * block - 1);
  const Words powers{first, second, first, second, first, second, first, second};
  Words sums[4];
  std::memcpy(sums, bytes.data(), block);
  sums[0] ^= Words{before};
  for (bytes = bytes.subspan(block); bytes.size() >= block; bytes = bytes.subspan(block)) {
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) {
      Words low, high, next;
      asm("vpclmulqdq $0x00, %1, %2, %0" : "=v"(low) : "v"(powers), "v"(sums[i]));
      asm("vpclmulqdq $0x11, %1, %2, %0" : "=v"(high) : "v"(powers), "v"(sums[i]));
      std::memcpy(&next, bytes.data() + i * sizeof next, sizeof next);
      sums[i] = low ^ high ^ next;
    }
  }
  return crc32c_streams(crc32c_streams(0, std::as_bytes(std::span{sums})), bytes);
}

inline std::uint32_t crc32c_hardware(std::uint32_t crc, std::span<const std::byte> bytes) noexcept {
  static const bool wide =
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("vpclmulqdq");
  return wide ? crc32c_wide(crc, bytes) : crc32c_streams(crc, bytes);
}

#elif defined(__ARM_FEATURE_CRC32)

inline bool has_crc32c() noexcept { return true; }

inline std::uint32_t crc32c_hardware(std::uint32_t crc, std::span<const std::byte> bytes) noexcept {
  for (; bytes.size() >= 8; bytes = bytes.subspan(8))
    crc = __crc32cd(crc, load_little<std::uint64_t>(bytes.data()));
  for (const std::byte byte : bytes) crc = __crc32cb(crc, static_cast<std::uint8_t>(byte));
  return crc;
}

#else

inline bool has_crc32c() noexcept { return false; }

inline std::uint32_t crc32c_hardware(std::uint32_t crc, std::span<const std::byte> bytes) noexcept {
  return crc32c_portable(crc, bytes);
}

#endif

}  // namespace detail

TRIBUTARY_INLINE std::uint32_t crc32c(std::span<const std::byte> bytes,
                                      std::uint32_t before) noexcept {
  return detail::has_crc32c() ? ~detail::crc32c_hardware(~before, bytes)
                              : ~detail::crc32c_portable(~before, bytes);
}

TRIBUTARY_INLINE std::string checksum_text(std::uint32_t checksum) {
  std::string text = "checksum ";
  for (int shift = 28; shift >= 0; shift -= 4) text += "0123456789abcdef"[checksum >> shift & 15];
  return text;
}

}  // namespace tributary::inline v0_1
