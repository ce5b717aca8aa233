// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cassert>
#include <tributary/core/blocks.hpp>
#include <tributary/core/vector.hpp>

namespace tributary::inline v0_1::detail {

/// Calls body(a, b, …) with the same segment of each vector, as arrays, from the first segment to
/// the last. See in_blocks(); each expression is vectorized by Eigen. (A plain loop would not
/// be: where sqrt has to set errno, compilers call it element by element.)
template <class Body, class First, class... Others>
void blockwise(const Body& body, First& first, Others&... others) {
  using Segment = Eigen::Map<Eigen::ArrayX<typename First::Scalar>>;
  assert(((others.size() == first.size()) && ...));
  in_blocks(first.size(), [&](Index begin, Index count) {
    body(Segment{first.data() + begin, count}, Segment{others.data() + begin, count}...);
  });
}

}  // namespace tributary::inline v0_1::detail
