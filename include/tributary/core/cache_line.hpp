// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace tributary::inline v0_1 {

/// Alignment for data written by one thread only: two cache lines, as they are fetched in pairs.
/// (std::hardware_destructive_interference_size changes with compiler flags.)
inline constexpr std::size_t own_cache_lines = 128;

}  // namespace tributary::inline v0_1
