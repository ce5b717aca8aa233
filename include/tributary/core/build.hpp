// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

/// Names a way to compile: the instructions that the compiler may use anywhere, and the alignment that
/// Eigen counts on. What is compiled otherwise is another function, yet it has the same symbol in
/// every translation unit of a program, of which the linker takes any one: then what is compiled for a
/// new CPU runs on an old one. So what programs of several -march may share lies in an inline
/// namespace of this name. (A macro, for nothing else can name a namespace.)
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
