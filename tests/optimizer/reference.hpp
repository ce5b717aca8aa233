#pragma once

#include <doctest/doctest.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <tributary/optimizer/local_optimizer.hpp>

/// Gradients of very different sizes, one of them always zero. They do not depend on the
/// parameters, so float and double see the same ones.
inline double gradient_at(tributary::Index k, int t) {
  constexpr std::array sizes{0.0, 1e-6, 1e-3, 0.3, 20.0, -4e3};
  return sizes[static_cast<std::size_t>(k) % sizes.size()] *
         (0.2 + std::cos(0.7 * t + static_cast<double>(k)));
}

/// Steps beside update(x, g, a, b, t), the documented formula for one parameter in double: t = 1,
/// 2, …; a and b are its state and begin at 0. So many parameters that they fill several blocks.
template <tributary::Real S, class O, class Update>
void check_against(const O& optimizer, const Update& update) {
  constexpr tributary::Index size = 1300;
  constexpr int steps = 20;
  tributary::Vector<S> x(size), g(size);
  for (tributary::Index k = 0; k < size; ++k) x[k] = static_cast<S>(k % 3 - 1);
  const tributary::Vector<S> initial = x;
  auto stepper = optimizer.make_stepper(x);
  for (int t = 1; t <= steps; ++t) {
    for (tributary::Index k = 0; k < size; ++k) g[k] = static_cast<S>(gradient_at(k, t));
    stepper.apply(x, g);
  }
  for (tributary::Index k = 0; k < size; ++k) {
    double expected = initial[k], a = 0, b = 0, largest = 1;
    for (int t = 1; t <= steps; ++t) {
      update(expected, gradient_at(k, t), a, b, t);
      largest = std::max(largest, std::abs(expected));
    }
    const double tolerance = (std::same_as<S, float> ? 1e-5 : 1e-13) * largest;
    CAPTURE(k);
    REQUIRE(std::abs(x[k] - expected) <= tolerance);
  }
}
