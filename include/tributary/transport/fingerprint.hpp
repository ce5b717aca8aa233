// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tributary/core/describe.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

/// The computation of a run, as names and values: its scalar, model, rule and all their settings.
/// Two processes can take part in the same run only if all fields are equal.
struct Fingerprint {
  std::vector<std::pair<std::string, std::string>> fields;

  /// Adds settings with `prefix` before their names. If they are longer than `most_bytes`, adds one
  /// field with a checksum of all, because the fingerprint must fit in a message. A text that is not
  /// printable ASCII is replaced by a checksum of it.
  void add(const Settings& settings, const std::string& prefix, std::size_t most_bytes);

  /// Adds names in their order, such as those of classes, to which labels refer. If they are long
  /// or not printable ASCII, adds a checksum of them. Without names it adds no field. A comma in a
  /// name gets a backslash, so different names give different fields.
  void add_names(const std::string& field, const std::vector<std::string>& names);

  bool operator==(const Fingerprint&) const = default;
};

/// The value of a field that a process without rows does not know.
inline constexpr std::string_view any_value = "any";

/// Sets the fields of `print` with any_value to those of `other`, which has rows.
void complete(Fingerprint& print, const Fingerprint& other);

/// The rows of a process, if data are partitioned: their number, and a checksum of their digest.
struct DataPart {
  std::uint64_t rows = 0;
  std::uint32_t checksum = 0;  ///< 0 without a digest.

  bool operator==(const DataPart&) const = default;
};

/// Removes the fields of the data from a fingerprint. The part has 0 rows if there are none, or far
/// too many.
DataPart take_part(Fingerprint& print);

/// The first difference, for any order of the fields. For "this run" and "the file" it is
/// "Easgd::period: this run has 32, the file 16".
std::optional<std::string> difference(const Fingerprint& one, std::string_view one_is,
                                      const Fingerprint& other, std::string_view other_is);

}  // namespace tributary::inline v0_1

#ifndef TRIBUTARY_COMPILED
#include <tributary/transport/fingerprint.ipp>
#endif
