// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace tributary::inline v0_1 {

/// Alignment of what one thread writes and others do not: two cache lines, as they are fetched in
/// pairs. (std::hardware_destructive_interference_size changes with compiler flags.)
inline constexpr std::size_t own_cache_lines = 128;

}  // namespace tributary::inline v0_1
