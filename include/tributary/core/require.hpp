// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string_view>
#include <tributary/core/finite.hpp>
#include <tributary/core/text_stream.hpp>

namespace tributary::inline v0_1 {

/// Throws std::invalid_argument "Type::field = value, must be …" unless `ok`, and always for NaN,
/// for which comparisons may hold with -ffast-math. For validate().
template <class T>
void require(bool ok, std::string_view field, const T& value, std::string_view expected) {
  if constexpr (detail::HasFloatBits<T>) ok = ok && !is_nan(value);
  if (ok) return;
  detail::TextStream message;
  message << field << " = " << value << ", must be " << expected;
  throw std::invalid_argument{message.str()};
}

}  // namespace tributary::inline v0_1
