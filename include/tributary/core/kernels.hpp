#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <tributary/core/philox.hpp>
#include <tributary/core/simd.hpp>
#include <tributary/core/vector.hpp>
#include <type_traits>
#include <utility>

// What Eigen lacks, or does slower, written once for vectors of any size and compiled for each of
// the instruction sets of Simd, so that a program is as fast without -march as with it. The choice
// is made at run time, once a call.

namespace tributary::detail {

/// A dense layer keeps its weights in panels of so many outputs, whatever the vectors.
inline constexpr Index panel = 32;

/// Where W(output, input) is: in panels of 32 outputs, the last one narrower, and in a panel by
/// columns.
constexpr Index place_in_panels(Index output, Index input, Index inputs, Index outputs) {
  const Index first = output / panel * panel;
  return first * inputs + input * std::min(panel, outputs - first) + output - first;
}

/// Where the inputs of a product lie: in `count` pieces of `length` numbers, from one of which to
/// the next there are `stride`.
struct Runs {
  Index length, count, stride;

  constexpr Runs(Index length_, Index count_ = 1, Index stride_ = 0)
      : length{length_}, count{count_}, stride{stride_} {}
};

/// A square window that moves over an image in steps of `stride`. Where it may be are `rows` ×
/// `columns` places; at one of them it has `size` runs of numbers, a line of the image apart.
struct Window {
  Index height, width, channels;  ///< Of the image, with channels side by side.
  Index size, stride;

  constexpr Index rows() const { return (height - size) / stride + 1; }
  constexpr Index columns() const { return (width - size) / stride + 1; }
  constexpr Index line() const { return width * channels; }
  constexpr Index image() const { return height * line(); }
  /// Numbers of the image before those of a place.
  constexpr Index at(Index row, Index column) const {
    return (row * line() + column * channels) * stride;
  }
  /// Numbers of a place before those of its pixel k.
  constexpr Index tap(Index k) const { return k / size * line() + k % size * channels; }
  constexpr Index taps() const { return size * size; }
  constexpr Runs runs() const { return {size * channels, size, line()}; }
};

// NOLINTBEGIN(readability-duplicate-include)
namespace portable {
inline constexpr std::size_t vector_bytes = 16;
inline constexpr int few_rows = 4, many_rows = 4;
#include <tributary/core/kernels/vectors.inl>
#include <tributary/core/kernels/products.inl>
#include <tributary/core/kernels/convolution.inl>
#include <tributary/core/kernels/steps.inl>
#include <tributary/core/kernels/activations.inl>
struct Kernels : Products, Convolutions, Steps, Activations {};
}  // namespace portable

#ifdef __x86_64__
namespace avx2 {
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
inline constexpr std::size_t vector_bytes = 32;
inline constexpr int few_rows = 4, many_rows = 6;
#include <tributary/core/kernels/vectors.inl>
#include <tributary/core/kernels/products.inl>
#include <tributary/core/kernels/convolution.inl>
#include <tributary/core/kernels/steps.inl>
#include <tributary/core/kernels/activations.inl>
struct Kernels : Products, Convolutions, Steps, Activations {};
#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
}  // namespace avx2

namespace avx512 {
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma"))), \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,fma")
#endif
inline constexpr std::size_t vector_bytes = 64;
inline constexpr int few_rows = 8, many_rows = 10;
#include <tributary/core/kernels/vectors.inl>
#include <tributary/core/kernels/products.inl>
#include <tributary/core/kernels/convolution.inl>
#include <tributary/core/kernels/steps.inl>
#include <tributary/core/kernels/activations.inl>
struct Kernels : Products, Convolutions, Steps, Activations {};
#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
}  // namespace avx512
#endif

// NOLINTEND(readability-duplicate-include)

/// Calls f with the kernels of one instruction set, which this CPU must have.
template <class F>
decltype(auto) with_kernels(Simd instructions, const F& f) {
#ifdef __x86_64__
  if (instructions == Simd::avx512) return f(avx512::Kernels{});
  if (instructions == Simd::avx2) return f(avx2::Kernels{});
#else
  static_cast<void>(instructions);
#endif
  return f(portable::Kernels{});
}
/// Calls f with the best kernels for this CPU.
template <class F>
decltype(auto) with_kernels(const F& f) {
  return with_kernels(simd(), f);
}

}  // namespace tributary::detail
