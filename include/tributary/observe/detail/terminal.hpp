// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iostream>
#include <ostream>

#if __has_include(<unistd.h>)
#include <unistd.h>
#endif

namespace tributary::inline v0_1 {

/// Whether this stream is a standard one on a terminal. False if the system cannot tell.
inline bool is_terminal([[maybe_unused]] const std::ostream& out) {
#if __has_include(<unistd.h>)
  if (&out == &std::cout) return ::isatty(STDOUT_FILENO) == 1;
  if (&out == &std::cerr || &out == &std::clog) return ::isatty(STDERR_FILENO) == 1;
#endif
  return false;
}

}  // namespace tributary::inline v0_1
