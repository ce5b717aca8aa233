// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <source_location>
#include <string>
#include <string_view>

namespace tributary::inline v0_1 {

namespace detail {
/// Without namespaces, outer classes, and all that is in brackets, up to a `;` or `]`.
inline std::string last_name(std::string_view type) {
  std::string name;
  int depth = 0;
  for (const char c : type) {
    const bool opens = std::string_view{"<([{"}.find(c) != std::string_view::npos;
    const bool closes = std::string_view{">)]}"}.find(c) != std::string_view::npos;
    if (depth == 0 && (closes || c == ';')) break;
    if (opens) ++depth;
    if (depth == 0) name += c;
    if (closes) --depth;
  }
  return name.substr(name.rfind(':') + 1);
}
template <class T>
std::string written_type_name() {
  // GCC and Clang write "… [with T = tributary::Dense<30, 500>; …]" or "… [T = …]".
  std::string_view name = std::source_location::current().function_name();
  name.remove_prefix(std::min(name.size(), name.find("T = ") + 4));
  return last_name(name);
}
}  // namespace detail

/// The name of a type without namespaces, outer classes and template arguments: "Dense" for
/// Dense<30, 500>. A
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
