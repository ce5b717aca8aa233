// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cassert>
#include <tributary/core/blocks.hpp>
#include <tributary/core/vector.hpp>

namespace tributary::inline v0_1::detail {

/// Calls body(a, b, …) with the same segment of each vector, as arrays, from the first segment to
/// the last, see in_blocks(). Eigen vectorizes each expression. Compilers would not vectorize a
/// plain loop with sqrt, which has to set errno.
template <class Body, class First, class... Rest>
void blockwise(const Body& body, First& first, Rest&... rest) {
  using Segment = Eigen::Map<Eigen::ArrayX<typename First::Scalar>>;
  assert(((rest.size() == first.size()) && ...));
  in_blocks(first.size(), [&](Index begin, Index count) {
    body(Segment{first.data() + begin, count}, Segment{rest.data() + begin, count}...);
  });
}

}  // namespace tributary::inline v0_1::detail
