// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <exception>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tributary::inline v0_1 {

/// A class that lists its data members itself, as a tuple of references. An aggregate must do so if
/// it has more than 12 members, a base with members, or a member that is an array, a reference or
/// an optional Eigen vector:
///
///   constexpr auto fields() { return std::tie(static_cast<Base&>(*this), mine); }
///
/// constexpr, so that messages can name the members; see describe_settings().
template <class T>
concept ListsFields = requires(T& object) {
  std::tuple_size<decltype(object.fields())>::value;
};
/// The types that for_each_field() accepts.
template <class T>
concept HasFields = std::is_class_v<T> &&(ListsFields<T> || std::is_aggregate_v<T>);

namespace detail {

/// Converts to the type of any member. It is const so that a member's constructor for any type
/// matches better, and nothing is ambiguous. It is never called, but such a constructor may be
/// compiled.
struct AnyMember {
  template <class T>
  operator T() const {
    std::terminate();
  }
};
/// Converts to T's bases, which are first in T's braces.
template <class T>
struct AnyBase {
  template <class B>
  requires(std::is_base_of_v<B, T> && !std::is_same_v<B, T>) operator B() const;
};

/// Converts to T's first base, if that has members.
template <class T>
struct AnyBaseWithMembers {
  template <class B>
  requires(std::is_base_of_v<B, T> && !std::is_same_v<B, T> && !std::is_empty_v<B>) operator B()
      const;
};
/// It cannot be taken apart.
template <class T>
concept HidesMembers = !ListsFields<T> && requires {
  T{AnyBaseWithMembers<T>{}};
};

template <class T, std::size_t... i>
constexpr bool takes(std::index_sequence<i...>) {
  return requires { T{(static_cast<void>(i), AnyMember{})...}; };
}
/// The number of members in T's braces, up to 13. It counts from above, because with fewer
/// initializers the defaults of the other members would have to be valid.
template <class T, std::size_t n = 13>
constexpr std::size_t count_fields() {
  if constexpr (std::is_empty_v<T>) {
    return 0;
  } else if constexpr (n > 0 && !takes<T>(std::make_index_sequence<n>{})) {
    return count_fields<T, n - 1>();
  } else {
    return n - (requires { T{AnyBase<T>{}}; } ? 1 : 0);
  }
}

/// All data members, as a tuple of references.
template <class T>
requires ListsFields<T>
constexpr auto tie_fields(T& object) { return object.fields(); }
template <class T>
constexpr auto tie_fields(T& object) {
  constexpr std::size_t n = count_fields<std::remove_const_t<T>>();
  static_assert(n <= 12,
                "tributary: this aggregate has more than 12 members; give it fields(), "
                "see tributary/core/fields.hpp");
  static_assert(!HidesMembers<std::remove_const_t<T>>,
                "tributary: this aggregate has a base with members; give it fields(), "
                "see tributary/core/fields.hpp");
  if constexpr (n == 0) {
    return std::tie();
  } else if constexpr (n == 1) {
    auto& [a] = object;
    return std::tie(a);
  } else if constexpr (n == 2) {
    auto& [a, b] = object;
    return std::tie(a, b);
  } else if constexpr (n == 3) {
    auto& [a, b, c] = object;
    return std::tie(a, b, c);
  } else if constexpr (n == 4) {
    auto& [a, b, c, d] = object;
    return std::tie(a, b, c, d);
  } else if constexpr (n == 5) {
    auto& [a, b, c, d, e] = object;
    return std::tie(a, b, c, d, e);
  } else if constexpr (n == 6) {
    auto& [a, b, c, d, e, f] = object;
    return std::tie(a, b, c, d, e, f);
  } else if constexpr (n == 7) {
    auto& [a, b, c, d, e, f, g] = object;
    return std::tie(a, b, c, d, e, f, g);
  } else if constexpr (n == 8) {
    auto& [a, b, c, d, e, f, g, h] = object;
    return std::tie(a, b, c, d, e, f, g, h);
  } else if constexpr (n == 9) {
    auto& [a, b, c, d, e, f, g, h, i] = object;
    return std::tie(a, b, c, d, e, f, g, h, i);
  } else if constexpr (n == 10) {
    auto& [a, b, c, d, e, f, g, h, i, j] = object;
    return std::tie(a, b, c, d, e, f, g, h, i, j);
  } else if constexpr (n == 11) {
    auto& [a, b, c, d, e, f, g, h, i, j, k] = object;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k);
  } else if constexpr (n == 12) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l] = object;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l);
  }
}

}  // namespace detail

/// Calls visit(member) for each data member, in their order.
template <class T, class F>
requires HasFields<std::remove_const_t<T>>
void for_each_field(T& object, F&& visit) {
  std::apply([&](auto&... members) { (static_cast<void>(visit(members)), ...); },
             detail::tie_fields(object));
}

}  // namespace tributary::inline v0_1
