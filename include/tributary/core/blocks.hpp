// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <tributary/core/vector.hpp>

namespace tributary::inline v0_1 {

/// Calls act(begin, count) for one block of `size` numbers after the other. What act() does to the
/// same block of some vectors, in any number of expressions, reads and writes memory once, as a
/// block of each fits into the first cache.
template <class Act>
void in_blocks(Index size, const Act& act) {
  constexpr Index block = 512;
  for (Index begin = 0; begin < size; begin += block) act(begin, std::min(block, size - begin));
}

}  // namespace tributary::inline v0_1
