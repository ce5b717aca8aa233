// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <tributary/core/vector.hpp>

namespace tributary::inline v0_1 {

/// Calls act(begin, count) for consecutive blocks of a range of `size` elements. A block of a few
/// vectors fits into the L1 cache, so any number of expressions in act() read and write memory
/// once.
template <class Act>
void in_blocks(Index size, const Act& act) {
  constexpr Index block = 512;
  for (Index begin = 0; begin < size; begin += block) act(begin, std::min(block, size - begin));
}

}  // namespace tributary::inline v0_1
