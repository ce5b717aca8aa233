#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cassert>
#include <tributary/core/vector.hpp>

namespace tributary::detail {

/// Calls body(a, b, …) with the same segment of each vector, as arrays, from the first segment to
/// the last. A segment of every vector fits into the first cache, so the expressions of one update
/// together read and write memory once, and each is vectorised by Eigen. (A plain loop would not
/// be: where sqrt has to set errno, compilers call it element by element.)
template <class Body, class First, class... Others>
void blockwise(const Body& body, First& first, Others&... others) {
  using Segment = Eigen::Map<Eigen::ArrayX<typename First::Scalar>>;
  constexpr Index block = 512;
  const Index size = first.size();
  assert(((others.size() == size) && ...));
  for (Index begin = 0; begin < size; begin += block) {
    const Index count = std::min(block, size - begin);
    body(Segment{first.data() + begin, count}, Segment{others.data() + begin, count}...);
  }
}

}  // namespace tributary::detail
