// SPDX-License-Identifier: Apache-2.0
// The kernels of tributary::compiled: each calls its namesake of an instruction set.
#include <tributary/core/kernels.hpp>
#include <tributary/core/kernels/compiled.hpp>

namespace tributary::inline v0_1::detail {

#define TRIBUTARY_KERNEL(result, name, parameters, arguments)                         \
  template <class S>                                                                  \
  result CompiledKernels::name parameters const {                                     \
    return with_inline_kernels(instructions,                                          \
                               [&](auto kernels) { return kernels.name arguments; }); \
  }
#define TRIBUTARY_TILED_KERNEL(name, parameters, arguments)                           \
  template <class S, Index Size>                                                      \
  void CompiledKernels::name parameters const {                                       \
    with_inline_kernels(instructions, [&](auto kernels) { kernels.name arguments; }); \
  }
#include <tributary/core/kernels/list.inl>

#define S float
#include "kernel_instances.inl"
#undef S
#define S double
#include "kernel_instances.inl"
#undef S

}  // namespace tributary::inline v0_1::detail
