#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tributary/core/crc32c.hpp>
#include <tributary/core/settings.hpp>
#include <utility>
#include <vector>

namespace tributary {

/// What a run computes, by names and values: its scalar, model, rule and all their settings. Two
/// processes take part in the same run only if nothing differs.
struct Fingerprint {
  std::vector<std::pair<std::string, std::string>> fields;

  /// With `prefix` before their names; in one field, a checksum of all, where they are longer than
  /// so many bytes, for the whole has to fit in a message.
  void add(const Settings& settings, const std::string& prefix, std::size_t most_bytes) {
    std::string all;
    for (const auto& [name, value] : settings) all += name + '\n' + value + '\n';
    if (all.size() > most_bytes) {
      fields.emplace_back(prefix + "in all",
                          std::to_string(settings.size()) + " fields, " +
                              checksum_text(crc32c(std::as_bytes(std::span{all}))));
    } else {
      for (const auto& [name, value] : settings) fields.emplace_back(prefix + name, value);
    }
  }

  /// Names in their order, such as those of classes, for a label stands for one of them; a checksum
  /// of them where they are long, or not printable ASCII. No names: no field.
  void add_names(const std::string& field, const std::vector<std::string>& names) {
    if (names.empty()) return;
    std::string all, lines;
    for (const std::string& name : names) {
      all += (all.empty() ? "" : ", ") + name;
      lines += name + '\n';
    }
    constexpr std::size_t most_bytes = 100;
    const bool readable = all.size() <= most_bytes &&
                          std::ranges::all_of(all, [](char c) { return ' ' <= c && c <= '~'; });
    fields.emplace_back(field, readable
                                   ? all
                                   : std::to_string(names.size()) + " names, " +
                                         checksum_text(crc32c(std::as_bytes(std::span{lines}))));
  }

  bool operator==(const Fingerprint&) const = default;
};

/// A process's own rows, where each has others: how many, and a checksum of their digest.
struct DataPart {
  std::uint64_t rows = 0;
  std::uint32_t checksum = 0;  ///< 0 without a digest.

  bool operator==(const DataPart&) const = default;
};

/// Takes the fields of the data out of a fingerprint. No rows if there are none, or far too many.
inline DataPart take_part(Fingerprint& print) {
  DataPart part;
  std::string digest;
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
    digest += name + '\n' + value + '\n';
    return true;
  });
  if (!digest.empty()) part.checksum = crc32c(std::as_bytes(std::span{digest}));
  return part;
}

/// What differs first, in whatever order the fields are:
/// "Easgd::period: the hub has 32, the worker 16".
inline std::optional<std::string> difference(const Fingerprint& hub, const Fingerprint& worker,
                                             std::string_view hub_is = "the hub",
                                             std::string_view worker_is = "the worker") {
  const auto value = [](const Fingerprint& of, std::string_view name) -> std::string_view {
    const auto found = std::ranges::find(of.fields, name, [](const auto& f) { return f.first; });
    return found == of.fields.end() ? "nothing" : std::string_view{found->second};
  };
  for (const Fingerprint* const named : {&hub, &worker}) {
    for (const auto& [name, unused] : named->fields) {
      const std::string_view at_hub = value(hub, name), at_worker = value(worker, name);
      if (at_hub != at_worker)
        return name + ": " + std::string{hub_is} + " has " + std::string{at_hub} + ", " +
               std::string{worker_is} + ' ' + std::string{at_worker};
    }
  }
  return std::nullopt;
}

}  // namespace tributary
