// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <ranges>
#include <span>
#include <tributary/core/fields.hpp>
#include <tributary/core/little_endian.hpp>
#include <tributary/core/result.hpp>
#include <tributary/core/vector.hpp>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

namespace detail {

template <class T>
concept Number = std::is_arithmetic_v<T> || std::is_enum_v<T>;
template <class T>
concept OptionalNumber =
    Number<typename T::value_type> && std::is_same_v<T, std::optional<typename T::value_type>>;

/// The type in which a value is written. A bool is a byte, as not every byte is a bool.
template <Number T>
using Written = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, T>;

inline std::byte* extend(std::vector<std::byte>& bytes, std::size_t count) {
  bytes.resize(bytes.size() + count);
  return bytes.data() + bytes.size() - count;
}

/// The elements are in memory one after the other, as they are written. Eigen's vectors are not
/// known as contiguous ranges.
template <class T>
concept WrittenAsStored = std::endian::native == std::endian::little &&
                          (std::is_same_v<T, Vector<float>> || std::is_same_v<T, Vector<double>> ||
                           (std::ranges::contiguous_range<T> &&
                            Number<std::ranges::range_value_t<T>> &&
                            !std::is_same_v<std::ranges::range_value_t<T>, bool>));

template <class T>
constexpr bool can_save();
template <class... Members>
constexpr bool can_save_all(std::type_identity<std::tuple<Members&...>>) {
  return (can_save<std::remove_const_t<Members>>() && ...);
}
/// Whether save_state() accepts a value of this type.
template <class T>
constexpr bool can_save() {
  if constexpr (Number<T> || OptionalNumber<T>) {
    return true;
  } else if constexpr (std::ranges::sized_range<T>) {
    return can_save<std::ranges::range_value_t<T>>();
  } else if constexpr (HasFields<T> && !HidesMembers<T>) {
    return can_save_all(std::type_identity<decltype(tie_fields(std::declval<T&>()))>{});
  } else {
    return false;
  }
}

template <class T>
constexpr void check_state() {
  static_assert(Number<T> || OptionalNumber<T> || std::ranges::sized_range<T> || HasFields<T>,
                "tributary: this member cannot be saved: it is no number, no vector, no aggregate "
                "and has no fields(), see tributary/core/serialize.hpp");
}

template <class T>
void save(std::vector<std::byte>& to, const T& value) {
  check_state<T>();
  if constexpr (Number<T>) {
    store_little(extend(to, sizeof(Written<T>)), static_cast<Written<T>>(value));
  } else if constexpr (OptionalNumber<T>) {
    save(to, value.has_value());
    save(to, value.value_or(typename T::value_type{}));
  } else if constexpr (std::ranges::sized_range<T>) {
    const auto size = static_cast<std::size_t>(std::ranges::size(value));
    save(to, std::uint64_t{size});
    using Each = std::ranges::range_value_t<T>;
    if constexpr (WrittenAsStored<T>) {
      const auto bytes = std::as_bytes(std::span{std::ranges::data(value), size});
      to.insert(to.end(), bytes.begin(), bytes.end());
    } else if constexpr (Number<Each>) {
      std::byte* at = extend(to, size * sizeof(Written<Each>));
      for (const Each each : value) at = store_little(at, static_cast<Written<Each>>(each));
    } else {
      for (const auto& each : value) save(to, each);
    }
  } else {
    for_each_field(value, [&](const auto& field) { save(to, field); });
  }
}

/// False if there are too few bytes, or a vector has another length and is not to be resized.
template <bool resizes = false, class T>
bool restore(std::span<const std::byte>& from, T& value) {
  check_state<T>();
  if constexpr (Number<T>) {
    if (from.size() < sizeof(Written<T>)) return false;
    value = static_cast<T>(load_little<Written<T>>(from.data()));
    from = from.subspan(sizeof(Written<T>));
    return true;
  } else if constexpr (OptionalNumber<T>) {
    bool there = false;
    typename T::value_type number{};
    if (!restore(from, there) || !restore(from, number)) return false;
    value = there ? T{number} : T{};
    return true;
  } else if constexpr (std::ranges::sized_range<T>) {
    std::uint64_t size = 0;
    if (!restore(from, size)) return false;
    if constexpr (resizes && requires { value.resize(std::ranges::ssize(value)); }) {
      if (size > from.size()) return false;  // an element has a byte at least
      value.resize(static_cast<decltype(value.size())>(size));
    }
    if (size != static_cast<std::uint64_t>(std::ranges::size(value))) return false;
    if constexpr (WrittenAsStored<T>) {
      const auto count = static_cast<std::size_t>(std::ranges::ssize(value));
      const std::size_t bytes = count * sizeof(std::ranges::range_value_t<T>);
      if (from.size() < bytes) return false;
      if (bytes > 0) std::memcpy(std::ranges::data(value), from.data(), bytes);
      from = from.subspan(bytes);
      return true;
    }
    for (auto& each : value) {
      if (!restore<resizes>(from, each)) return false;
    }
    return true;
  } else {
    bool complete = true;
    for_each_field(value,
                   [&](auto& field) { complete = complete && restore<resizes>(from, field); });
    return complete;
  }
}

}  // namespace detail

/// Appends the state of the values, little-endian: numbers, enums, optional numbers, vectors (also
/// of Eigen) of these, and all members of types with HasFields.
template <class... Ts>
void save_state(std::vector<std::byte>& to, const Ts&... values) {
  (detail::save(to, values), ...);
}

/// Reads the output of save_state() for values of the same types into values of the same shapes,
/// and removes it from the front of `from`. Returns Errc::size_mismatch if a vector has another
/// length, or `from` ends too early; the values are then partly overwritten. It allocates nothing.
template <class... Ts>
Status restore_state(std::span<const std::byte>& from, Ts&... values) {
  if ((detail::restore(from, values) && ...)) return Done{};
  return Errc::size_mismatch;
}

/// The same, and vectors get the lengths that they had. It allocates at most as many elements as
/// `from` has bytes.
template <class... Ts>
Status restore_resized(std::span<const std::byte>& from, Ts&... values) {
  if ((detail::restore<true>(from, values) && ...)) return Done{};
  return Errc::size_mismatch;
}

}  // namespace tributary::inline v0_1
