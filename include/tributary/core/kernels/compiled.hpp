// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <tributary/core/kernels/arguments.hpp>
#include <tributary/core/simd.hpp>
#include <tributary/core/vector.hpp>

namespace tributary::inline v0_1::detail {

/// The kernels of one instruction set, which this CPU must support, in the library
/// tributary::compiled. src/kernels.cpp has their definitions.
struct CompiledKernels {
  Simd instructions;

#define TRIBUTARY_KERNEL(result, name, parameters, arguments) \
  template <class S>                                          \
  result name parameters const;
#define TRIBUTARY_TILED_KERNEL(name, parameters, arguments) \
  template <class S, Index Size>                            \
  void name parameters const;
#include <tributary/core/kernels/list.inl>
};

}  // namespace tributary::inline v0_1::detail
