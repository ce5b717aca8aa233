// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <locale>
#include <sstream>

namespace tributary::inline v0_1::detail {

/// A std::ostringstream that writes numbers as in C++ under any global locale: 2000.5, not 2.000,5.
struct TextStream : std::ostringstream {
  TextStream() { imbue(std::locale::classic()); }
};

}  // namespace tributary::inline v0_1::detail
