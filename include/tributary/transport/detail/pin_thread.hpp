// SPDX-License-Identifier: Apache-2.0
#pragma once

#if defined(__linux__)
#include <sched.h>
#include <cstddef>
#endif

namespace tributary::inline v0_1 {

/// Pins this thread to core n of the cores that it may run on, modulo their number. Returns whether
/// it succeeded; false on other systems than Linux.
inline bool pin_thread([[maybe_unused]] int n) noexcept {
#if defined(__linux__)
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return false;
  n %= CPU_COUNT(&allowed);
  std::size_t core = 0;
  while (!CPU_ISSET(core, &allowed) || n-- > 0) ++core;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(core, &one);
  return sched_setaffinity(0, sizeof one, &one) == 0;
#else
  return false;
#endif
}

}  // namespace tributary::inline v0_1
