// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <source_location>
#include <string>
#include <string_view>

namespace tributary::inline v0_1 {

namespace detail {
template <class T>
std::string written_type_name() {
  // GCC and Clang write "… [with T = tributary::Dense<30, 500>; …]" or "… [T = …]".
  std::string_view name = std::source_location::current().function_name();
  name.remove_prefix(std::min(name.size(), name.find("T = ") + 4));
  name = name.substr(0, name.find_first_of("<;]"));
  return std::string{name.substr(name.rfind(':') + 1)};
}
}  // namespace detail

/// The name of a type without namespaces and template arguments: "Dense" for Dense<30, 500>. A
/// template whose instances have different names defines a static type_name().
template <class T>
std::string plain_type_name() {
  if constexpr (requires { std::string{T::type_name()}; }) {
    return T::type_name();
  } else {
    return detail::written_type_name<T>();
  }
}

}  // namespace tributary::inline v0_1
