// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#if defined(__unix__) || defined(__APPLE__)
#include <sys/resource.h>
#endif

namespace tributary::inline v0_1 {

/// The peak resident memory of this process (POSIX getrusage); 0 if the system does not report it.
inline std::uint64_t peak_memory_bytes() noexcept {
#if defined(__unix__) || defined(__APPLE__)
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
#if defined(__APPLE__)
  constexpr std::uint64_t unit = 1;
#else
  constexpr std::uint64_t unit = 1024;
#endif
  return unit * static_cast<std::uint64_t>(usage.ru_maxrss);
#else
  return 0;
#endif
}

}  // namespace tributary::inline v0_1
