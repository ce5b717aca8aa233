// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tributary::inline v0_1 {

/// During its lifetime this thread treats denormal numbers (float: below 1.2e-38) as zero, as
/// operands and as results; the destructor restores the previous mode. Otherwise vanishing
/// gradients and moments would cost a hundred cycles per operation. It works on x86 (SSE and later)
/// and AArch64.
class FlushDenormals {
 public:
  FlushDenormals() noexcept { control(before_ | flush); }
  ~FlushDenormals() { control(before_); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
#if defined(__SSE__)
  static constexpr std::uint32_t flush = 0x8040;  // FTZ, results; DAZ, operands
  static std::uint32_t control() noexcept { return __builtin_ia32_stmxcsr(); }
  static void control(std::uint32_t bits) noexcept { __builtin_ia32_ldmxcsr(bits); }
#elif defined(__aarch64__)
  static constexpr std::uint64_t flush = 1u << 24;  // FZ
  static std::uint64_t control() noexcept {
    std::uint64_t bits;
    asm volatile("mrs %0, fpcr" : "=r"(bits));
    return bits;
  }
  static void control(std::uint64_t bits) noexcept { asm volatile("msr fpcr, %0" : : "r"(bits)); }
#else
  static constexpr std::uint32_t flush = 0;
  static std::uint32_t control() noexcept { return 0; }
  static void control(std::uint32_t) noexcept {}
#endif
  decltype(control()) before_ = control();
};

}  // namespace tributary::inline v0_1
