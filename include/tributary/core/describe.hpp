// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tributary/core/field_names.hpp>
#include <tributary/core/fields.hpp>
#include <tributary/core/type_name.hpp>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

/// Names and values, for comparisons and messages.
using Settings = std::vector<std::pair<std::string, std::string>>;

namespace detail {

/// The text with a backslash before each `separator` and backslash, so that different lists of
/// escaped texts stay different when they are joined by the separator.
inline std::string escaped(std::string_view text, char separator) {
  std::string all;
  for (const char c : text) {
    if (c == separator || c == '\\') all += '\\';
    all += c;
  }
  return all;
}

/// The schedule of a rule is a static member and not a field; a rule may be a template over it.
template <class T>
concept SaysSchedule = requires {
  { &T::schedule } -> std::convertible_to<const void*>;
};

/// `prefix` stands before the names of members.
template <class T>
void describe(Settings& to, const std::string& name, const std::string& prefix, const T& value) {
  if constexpr (std::is_enum_v<T>) {
    describe(to, name, prefix, static_cast<std::underlying_type_t<T>>(value));
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
      describe(to, name, prefix, value.value());
      std::string& text = to[at].second;
      if (text == "-" || text.starts_with('\\')) text.insert(0, 1, '\\');  // a string, not empty
    } else {
      to.emplace_back(name, "-");
    }
  } else if constexpr (HidesMembers<T>) {
    throw std::invalid_argument{"settings of " + plain_type_name<T>() +
                                ": it has a base with members, must have fields(), see "
                                "tributary/core/fields.hpp"};
  } else if constexpr (HasFields<T>) {
    to.emplace_back(name, plain_type_name<T>());
    if constexpr (SaysSchedule<T>) describe(to, name + " schedule", prefix, T::schedule);
    const auto fields = tie_fields(value);
    const auto each = [&]<std::size_t... i>(std::index_sequence<i...>) {
      (describe(to, prefix + field_name<T, i>(), prefix + field_name<T, i>() + '.',
                std::get<i>(fields)),
       ...);
    };
    each(std::make_index_sequence<std::tuple_size_v<decltype(fields)>>{});
  } else {
    to.emplace_back(name, "?");
  }
}

}  // namespace detail

/// The settings of a rule, an optimizer, or any aggregate or class with fields(). For a DiLoCo as
/// "rule" they are
///
///   {"rule", "DiLoCo"}, {"rule schedule", "0"}, {"DiLoCo::period", "500"}, {"DiLoCo::overlap", "0"},
///   {"DiLoCo::outer", "Nesterov"}, {"DiLoCo::outer.learning_rate", "0.7"},
///   {"DiLoCo::outer.momentum", "0.9"}
///
/// `prefix` precedes the names of members. A `_` at the end of a member's name is omitted. A base,
/// and each member of a class whose fields() is not constexpr, has a number: "field 2". Names do
/// not depend on the compiler.
///
/// Numbers have the shortest form that is read back as the same number. Enums are numbers. An empty
/// optional is "-", and one with that string is "\-". A member that cannot be compared between
/// processes, such as a lambda or a pointer, is "?".
template <class T>
Settings describe_settings(const std::string& name, const T& settings,
                           const std::string& prefix = plain_type_name<T>() + "::") {
  Settings described;
  detail::describe(described, name, prefix, settings);
  return described;
}

}  // namespace tributary::inline v0_1
