#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tributary {

/// What a run computes, by names and values: its scalar, model, rule and all their settings. Two
/// processes take part in the same run only if nothing differs.
struct Fingerprint {
  std::vector<std::pair<std::string, std::string>> fields;

  bool operator==(const Fingerprint&) const = default;
};

/// What differs first, in whatever order the fields are:
/// "Easgd::period: the hub has 32, the worker 16".
inline std::optional<std::string> difference(const Fingerprint& hub, const Fingerprint& worker) {
  const auto value = [](const Fingerprint& of, std::string_view name) -> std::string_view {
    const auto found = std::ranges::find(of.fields, name, [](const auto& f) { return f.first; });
    return found == of.fields.end() ? "nothing" : std::string_view{found->second};
  };
  for (const Fingerprint* const named : {&hub, &worker}) {
    for (const auto& [name, unused] : named->fields) {
      const std::string_view at_hub = value(hub, name), at_worker = value(worker, name);
      if (at_hub != at_worker)
        return name + ": the hub has " + std::string{at_hub} + ", the worker " +
               std::string{at_worker};
    }
  }
  return std::nullopt;
}

}  // namespace tributary
