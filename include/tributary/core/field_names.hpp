// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <tributary/core/fields.hpp>
#include <tuple>

namespace tributary::inline v0_1 {

namespace detail {

#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"
#endif

/// An object that is never defined: the addresses of its members are constants all the same.
template <class T>
struct Imagined {
  T members;  // in a class of ours, for T may be a local type
  static const Imagined object;
};
/// Clang 17 takes the address of a member as a template argument only in a class.
template <class P>
struct PointerTo {
  P pointer;
};
template <class P>
PointerTo(P) -> PointerTo<P>;

/// A text with the name of T's member i in it: GCC ends it with
/// "{(& Imagined<T>::object.Imagined<T>::members.T::period)}]", Clang with "{&object.members.period}]".
template <class T, std::size_t i,
          PointerTo member =
              PointerTo{std::addressof(std::get<i>(tie_fields(Imagined<T>::object.members)))}>
const char* text_with_name(int) {
  return std::source_location::current().function_name();
}
template <class T, std::size_t i>  // if that address is no constant
const char* text_with_name(...) {
  return "";
}

#ifdef __clang__
#pragma clang diagnostic pop
#endif

inline std::string_view name_in(std::string_view text) {
  const std::size_t members = text.rfind("members.");
  if (members == std::string_view::npos) return {};
  std::string_view name = text.substr(members, text.find_last_not_of(")}]") + 1 - members);
  name.remove_prefix(name.find_last_of(".:") + 1);
  if (name.ends_with('_')) name.remove_suffix(1);
  return name.find_first_of("<[{") == std::string_view::npos ? name : "";
}

/// The name of T's data member i of those that for_each_field() visits, without a `_` at its end.
/// "field 2" is the second one if it is a base, or if T's fields() is not constexpr.
template <class T, std::size_t i>
std::string field_name() {
  const std::string_view name = name_in(text_with_name<T, i>(0));
  return name.empty() ? "field " + std::to_string(i + 1) : std::string{name};
}

}  // namespace detail

}  // namespace tributary::inline v0_1
