#pragma once

#include <cstddef>
#include <tributary/core/aligned_vector.hpp>
#include <tributary/core/random.hpp>
#include <tributary/core/vector.hpp>

namespace tributary::test {

/// Numbers from the standard normal distribution.
template <class S>
AlignedVector<S> draw(Index count, Rng& rng) {
  AlignedVector<S> numbers(static_cast<std::size_t>(count));
  for (S& number : numbers) number = static_cast<S>(normal(rng));
  return numbers;
}

}  // namespace tributary::test
