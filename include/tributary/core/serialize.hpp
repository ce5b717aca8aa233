// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <ranges>
#include <span>
#include <tributary/core/fields.hpp>
#include <tributary/core/little_endian.hpp>
#include <tributary/core/result.hpp>
#include <type_traits>
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
    if constexpr (Number<Each>) {
      std::byte* at = extend(to, size * sizeof(Written<Each>));
      for (const Each each : value) at = store_little(at, static_cast<Written<Each>>(each));
    } else {
      for (const auto& each : value) save(to, each);
    }
  } else {
    for_each_field(value, [&](const auto& field) { save(to, field); });
  }
}

/// False if there are too few bytes, or a vector has another length.
template <class T>
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
    if (!restore(from, size) || size != static_cast<std::uint64_t>(std::ranges::size(value)))
      return false;
    for (auto& each : value) {
      if (!restore(from, each)) return false;
    }
    return true;
  } else {
    bool complete = true;
    for_each_field(value, [&](auto& field) { complete = complete && restore(from, field); });
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

/// Appends the bytes of save_state() for a vector of aggregates of numbers, in a fraction of the
/// time.
template <class T>
void save_vector(std::vector<std::byte>& to, const std::vector<T>& values) {
  std::vector<std::byte> one;
  save_state(one, T{});
  save_state(to, std::uint64_t{values.size()});
  std::byte* at = detail::extend(to, one.size() * values.size());
  for (const T& value : values)
    for_each_field(value, [&]<detail::Number Field>(const Field& field) {
      at = detail::store_little(at, static_cast<detail::Written<Field>>(field));
    });
}
/// Reads what save_vector() wrote, of any length. Memory is allocated only if `from` has the bytes
/// of all elements.
template <class T>
Status restore_vector(std::span<const std::byte>& from, std::vector<T>& values) {
  std::vector<std::byte> one;
  save_state(one, T{});
  std::span<const std::byte> rest = from;
  std::uint64_t count = 0;
  if (!detail::restore(rest, count) || count > rest.size() / one.size()) return Errc::size_mismatch;
  values.assign(static_cast<std::size_t>(count), T{});
  return restore_state(from, values);
}

}  // namespace tributary::inline v0_1
