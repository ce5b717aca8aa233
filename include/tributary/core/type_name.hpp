#pragma once

#include <algorithm>
#include <source_location>
#include <string>
#include <string_view>

namespace tributary {

/// The name of a type without namespaces and template arguments: "Dense" for Dense<30, 500>.
template <class T>
std::string plain_type_name() {
  // GCC and Clang write "… [with T = tributary::Dense<30, 500>; …]" or "… [T = …]".
  std::string_view name = std::source_location::current().function_name();
  name.remove_prefix(std::min(name.size(), name.find("T = ") + 4));
  name = name.substr(0, name.find_first_of("<;]"));
  return std::string{name.substr(name.rfind(':') + 1)};
}

}  // namespace tributary
