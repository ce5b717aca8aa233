#pragma once

#include <locale>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <tributary/core/finite.hpp>

namespace tributary {

/// Throws std::invalid_argument "Type::field = value, must be …" unless `ok`, and where the value is
/// NaN: with -ffast-math a comparison may hold for it. For validate().
template <class T>
void require(bool ok, std::string_view field, const T& value, std::string_view expected) {
  if constexpr (detail::HasFloatBits<T>) ok = ok && !is_nan(value);
  if (ok) return;
  std::ostringstream message;
  message.imbue(std::locale::classic());  // 1000.5 is no 1.000,5 in a program that has a locale
  message << field << " = " << value << ", must be " << expected;
  throw std::invalid_argument{message.str()};
}

}  // namespace tributary
