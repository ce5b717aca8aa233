// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

/// Identifies the compilation: the instructions that the compiler may use anywhere, and Eigen's
/// alignment. Files compiled differently would contain different functions with the same symbol, of
/// which the linker keeps any one; code for a new CPU could then run on an old one. Functions that
/// such files may share are therefore in an inline namespace of this name. (It is a macro, as
/// nothing else can name a namespace.)
#if defined(__AVX512VBMI2__)
#define TRIBUTARY_INSTRUCTIONS avx512vbmi2
#elif defined(__AVX512F__)
#define TRIBUTARY_INSTRUCTIONS avx512f
#elif defined(__AVX2__)
#define TRIBUTARY_INSTRUCTIONS avx2
#elif defined(__AVX__)
#define TRIBUTARY_INSTRUCTIONS avx
#elif defined(__SSE4_2__)
#define TRIBUTARY_INSTRUCTIONS sse4_2
#else
#define TRIBUTARY_INSTRUCTIONS baseline
#endif
#define TRIBUTARY_JOIN(instructions, alignment) for_##instructions##_aligned_##alignment
#define TRIBUTARY_EXPAND_AND_JOIN(instructions, alignment) TRIBUTARY_JOIN(instructions, alignment)
#define TRIBUTARY_BUILD TRIBUTARY_EXPAND_AND_JOIN(TRIBUTARY_INSTRUCTIONS, EIGEN_MAX_ALIGN_BYTES)
