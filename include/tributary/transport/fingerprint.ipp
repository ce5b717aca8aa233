// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <tributary/core/crc32c.hpp>
#include <tributary/core/describe.hpp>
#include <tributary/core/detail/compiled.hpp>
#include <tributary/transport/fingerprint.hpp>
#include <vector>

namespace tributary::inline v0_1 {

namespace detail {

TRIBUTARY_INLINE bool is_ascii_text(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return ' ' <= c && c <= '~'; });
}
TRIBUTARY_INLINE std::string checksum_of(std::string_view text) {
  return checksum_text(crc32c(std::as_bytes(std::span{text})));
}
/// Messages contain printable ASCII only.
TRIBUTARY_INLINE std::string ascii_or_checksum(const std::string& text) {
  return is_ascii_text(text) ? text : "not printable, " + checksum_of(text);
}

/// One line for each name and each value, for checksums.
TRIBUTARY_INLINE std::string lines_of(const Settings& settings) {
  std::string all;
  for (const auto& [name, value] : settings)
    all += escaped(name, '\n') + '\n' + escaped(value, '\n') + '\n';
  return all;
}

}  // namespace detail

TRIBUTARY_INLINE void Fingerprint::add(const Settings& settings, const std::string& prefix,
                                       std::size_t most_bytes) {
  const std::string all = detail::lines_of(settings);
  if (all.size() > most_bytes) {
    fields.emplace_back(prefix + "in all",
                        std::to_string(settings.size()) + " fields, " + detail::checksum_of(all));
    return;
  }
  for (const auto& [name, value] : settings)
    fields.emplace_back(detail::ascii_or_checksum(prefix + name), detail::ascii_or_checksum(value));
}

TRIBUTARY_INLINE void Fingerprint::add_names(const std::string& field,
                                             const std::vector<std::string>& names) {
  if (names.empty()) return;
  std::string all, lines;
  for (const std::string& name : names) {
    all += (lines.empty() ? "" : ", ") + detail::escaped(name, ',');
    lines += detail::escaped(name, '\n') + '\n';
  }
  constexpr std::size_t most_bytes = 100;
  const bool readable = all.size() <= most_bytes && detail::is_ascii_text(all);
  fields.emplace_back(
      field,
      readable ? all : std::to_string(names.size()) + " names, " + detail::checksum_of(lines));
}

TRIBUTARY_INLINE void complete(Fingerprint& print, const Fingerprint& other) {
  for (const std::string_view name : {"names of targets", "state of features", "weights"}) {
    const auto named = [&](const auto& field) { return field.first == name; };
    const auto own = std::ranges::find_if(print.fields, named);
    if (own == print.fields.end() || own->second != any_value) continue;
    const auto known = std::ranges::find_if(other.fields, named);
    if (known == other.fields.end()) {
      print.fields.erase(own);
    } else {
      own->second = known->second;
    }
  }
}

TRIBUTARY_INLINE DataPart take_part(Fingerprint& print) {
  DataPart part;
  Settings digest;
  std::erase_if(print.fields, [&](const auto& field) {
    const auto& [name, value] = field;
    if (name == "rows") {
      constexpr std::uint64_t most = std::uint64_t{1} << 32;
      const auto end = value.data() + value.size();
      const auto [rest, error] = std::from_chars(value.data(), end, part.rows);
      if (error != std::errc{} || rest != end || part.rows > most) part.rows = 0;
      return true;
    }
    if (!name.starts_with("data ")) return false;
    digest.push_back(field);
    return true;
  });
  const std::string lines = detail::lines_of(digest);
  if (!lines.empty()) part.checksum = crc32c(std::as_bytes(std::span{lines}));
  return part;
}

TRIBUTARY_INLINE std::optional<std::string> difference(const Fingerprint& one,
                                                       std::string_view one_is,
                                                       const Fingerprint& other,
                                                       std::string_view other_is) {
  const auto values = [](const Fingerprint& of, std::string_view name) {
    std::vector<std::string_view> all;  // a user's model may have several of one name
    for (const auto& field : of.fields) {
      if (field.first == name) all.push_back(field.second);
    }
    return all;
  };
  for (const Fingerprint* const named : {&one, &other}) {
    for (const auto& [name, unused] : named->fields) {
      const auto in_one = values(one, name), in_other = values(other, name);
      if (in_one == in_other) continue;
      const auto [first, second] = std::ranges::mismatch(in_one, in_other);
      const auto text = [](const auto& all, auto at) {
        return std::string{at == all.end() ? "nothing" : *at};
      };
      return name + ": " + std::string{one_is} + " has " + text(in_one, first) + ", " +
             std::string{other_is} + ' ' + text(in_other, second);
    }
  }
  return std::nullopt;
}

}  // namespace tributary::inline v0_1
