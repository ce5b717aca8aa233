// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <thread>

namespace tributary::inline v0_1 {

namespace detail {
/// Tells the CPU that a loop only waits, if the CPU has such an instruction.
inline void pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}
}  // namespace detail

/// Spins until done(), or for this number of pauses, by default about 50 µs. A shorter wait ends
/// before a thread could go to sleep and wake up. Returns done().
template <class Done>
bool spin_until(Done&& done, int pauses = 2000) {
  for (; pauses > 0; --pauses) {
    if (done()) return true;
    detail::pause();
  }
  return done();
}

/// Locks a mutex that is always held for a short time: spins first, then sleeps.
inline std::unique_lock<std::mutex> lock_soon(std::mutex& mutex) {
  std::unique_lock lock{mutex, std::defer_lock};
  if (!spin_until([&] { return lock.try_lock(); })) lock.lock();
  return lock;
}

}  // namespace tributary::inline v0_1
