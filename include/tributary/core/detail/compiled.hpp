// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Marks functions that are not templates and are defined in the library tributary::compiled. They
/// are inline, unless the library is being built. A header with declarations ends with
///
///   #ifndef TRIBUTARY_COMPILED
///   #include <tributary/….ipp>  // the definitions
///   #endif
///
/// so that header-only programs need nothing else. For programs that link to tributary::compiled,
/// the library defines TRIBUTARY_COMPILED, and they read only the declarations. The library's own
/// files do the same, and each includes the .ipp files with its functions.
#ifdef TRIBUTARY_BUILDS_COMPILED
#define TRIBUTARY_INLINE
#define TRIBUTARY_EXTERN
#else
#define TRIBUTARY_INLINE inline
#define TRIBUTARY_EXTERN extern
#endif
