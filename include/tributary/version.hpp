// SPDX-License-Identifier: Apache-2.0
#pragma once

/// The version of the library (semantic versioning), also that of its CMake package. A program may
/// be linked from units that were compiled with different versions: all names are in the inline
/// namespace tributary::v<major>_<minor>.
#define TRIBUTARY_VERSION_MAJOR 0
#define TRIBUTARY_VERSION_MINOR 1
#define TRIBUTARY_VERSION_PATCH 0
/// For `#if TRIBUTARY_VERSION >= 10203`: 1.2.3 or newer.
#define TRIBUTARY_VERSION \
  (TRIBUTARY_VERSION_MAJOR * 10000 + TRIBUTARY_VERSION_MINOR * 100 + TRIBUTARY_VERSION_PATCH)
