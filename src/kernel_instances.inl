// SPDX-License-Identifier: Apache-2.0
// The instances of all compiled kernels for one scalar S.

#define TRIBUTARY_KERNEL(result, name, parameters, arguments) \
  template result CompiledKernels::name<S> parameters const;
#define TRIBUTARY_TILED_KERNEL(name, parameters, arguments)
#include <tributary/core/kernels/list.inl>

#define TRIBUTARY_INSTANCE(name, parameters, arguments) \
  template void CompiledKernels::name<S, Size> parameters const;
#define Size 3
#define TRIBUTARY_KERNEL(result, name, parameters, arguments)
#define TRIBUTARY_TILED_KERNEL TRIBUTARY_INSTANCE
#include <tributary/core/kernels/list.inl>
#undef Size
#define Size 4
#define TRIBUTARY_KERNEL(result, name, parameters, arguments)
#define TRIBUTARY_TILED_KERNEL TRIBUTARY_INSTANCE
#include <tributary/core/kernels/list.inl>
#undef Size
#define Size 5
#define TRIBUTARY_KERNEL(result, name, parameters, arguments)
#define TRIBUTARY_TILED_KERNEL TRIBUTARY_INSTANCE
#include <tributary/core/kernels/list.inl>
#undef Size
#undef TRIBUTARY_INSTANCE
