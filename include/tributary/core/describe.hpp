// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <tributary/core/fields.hpp>
#include <tributary/core/type_name.hpp>
#include <type_traits>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

/// Names and values, for comparing and for messages.
using Settings = std::vector<std::pair<std::string, std::string>>;

namespace detail {

/// With a backslash before each `separator` and backslash: where escaped texts are joined by the
/// separator, others are never the same in the end.
inline std::string escaped(std::string_view text, char separator) {
  std::string all;
  for (const char c : text) {
    if (c == separator || c == '\\') all += '\\';
    all += c;
  }
  return all;
}

/// By a static member: a rule may be a template over its schedule, which no field says.
template <class T>
concept SaysSchedule = requires {
  { &T::schedule } -> std::convertible_to<const void*>;
};

template <class T>
void describe(Settings& to, const std::string& name, const std::string& separator, const T& value) {
  if constexpr (std::is_enum_v<T>) {
    describe(to, name, separator, static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (std::same_as<T, bool>) {
    to.emplace_back(name, value ? "1" : "0");
  } else if constexpr (std::is_arithmetic_v<T>) {
    std::array<char, 64> text;
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
    to.emplace_back(name, std::string{text.data(), end});
  } else if constexpr (std::same_as<T, std::string>) {
    to.emplace_back(name, value);
  } else if constexpr (requires { value.has_value(), value.value(); }) {
    if (value.has_value()) {
      const std::size_t at = to.size();
      describe(to, name, separator, value.value());
      std::string& text = to[at].second;
      if (text == "-" || text.starts_with('\\')) text.insert(0, 1, '\\');  // a string, not empty
    } else {
      to.emplace_back(name, "-");
    }
  } else if constexpr (HasFields<T>) {
    to.emplace_back(name, plain_type_name<T>());
    if constexpr (SaysSchedule<T>) describe(to, name + " schedule", separator, T::schedule);
    int number = 0;
    for_each_field(value, [&](const auto& field) {
      describe(to, name + separator + std::to_string(++number), ".", field);
    });
  } else {
    to.emplace_back(name, "?");
  }
}

}  // namespace detail

/// The settings of a rule, an optimizer, or any aggregate or class with fields(). C++ does not tell
/// the names of members, so they have numbers: of DiLoCo as "rule"
///
///   {"rule", "DiLoCo"}, {"rule schedule", "0"}, {"rule field 1", "500"}, {"rule field 2", "0"},
///   {"rule field 3", "Nesterov"}, {"rule field 3.1", "0.7"}, {"rule field 3.2", "0.9"}
///
/// Numbers are as short as they can be read back from, enums are numbers, an optional that is empty
/// is "-", and one that has that string is "\-". What cannot be compared between processes, such as
/// a lambda or a pointer, is "?".
template <class T>
Settings describe_settings(const std::string& name, const T& settings) {
  Settings described;
  detail::describe(described, name, " field ", settings);
  return described;
}

}  // namespace tributary::inline v0_1
