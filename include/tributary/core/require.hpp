#pragma once

#include <sstream>
#include <stdexcept>
#include <string_view>

namespace tributary {

/// Throws std::invalid_argument "Type::field = value, must be …" unless `ok`. For validate().
template <class T>
void require(bool ok, std::string_view field, const T& value, std::string_view expected) {
  if (ok) return;
  std::ostringstream message;
  message << field << " = " << value << ", must be " << expected;
  throw std::invalid_argument{message.str()};
}

}  // namespace tributary
