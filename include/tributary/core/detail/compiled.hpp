// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Functions that are not templates, and whose definitions are in the library tributary::compiled:
/// inline, unless the library is being built. A header with declarations ends with
///
///   #ifndef TRIBUTARY_COMPILED
///   #include <tributary/….ipp>  // their definitions
///   #endif
///
/// so that header-only programs need nothing else. Programs that link to tributary::compiled have
/// TRIBUTARY_COMPILED from it, and read the declarations only. So do the units of the library, each of
/// which includes the .ipp files whose functions it has.
#ifdef TRIBUTARY_BUILDS_COMPILED
#define TRIBUTARY_INLINE
#else
#define TRIBUTARY_INLINE inline
#endif
