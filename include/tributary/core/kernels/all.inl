// SPDX-License-Identifier: Apache-2.0
// All kernels of one instruction set, in a namespace of its own: kernels.hpp. The order matters.

// clang-format off
#include <tributary/core/kernels/vectors.inl>
#include <tributary/core/kernels/products.inl>
#include <tributary/core/kernels/convolution.inl>
#include <tributary/core/kernels/winograd.inl>
#include <tributary/core/kernels/steps.inl>
#include <tributary/core/kernels/activations.inl>
#include <tributary/core/kernels/finite.inl>
// clang-format on
struct Kernels : Products, Convolutions, Winograd, Steps, Activations, Finite {};
