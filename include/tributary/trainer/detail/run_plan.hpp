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
#include <tributary/core/crc32c.hpp>
#include <tributary/core/describe.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/type_name.hpp>
#include <tributary/data/events.hpp>
#include <tributary/data/shares.hpp>
#include <tributary/model/model.hpp>
#include <tributary/rule/update_rule.hpp>
#include <tributary/trainer/train_options.hpp>
#include <tributary/transport/fingerprint.hpp>
#include <tributary/transport/ledger.hpp>
#include <tributary/transport/transport.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1::detail {

inline bool is_partitioned(const TrainOptions& options) {
  return options.data_placement == DataPlacement::partitioned;
}

template <class D>
std::uint32_t prepared_by(const D& data) {
  if constexpr (requires { data.prepared_by; }) return data.prepared_by;
  return 0;
}
/// Such as "scaled, checksum 8a9136aa".
inline std::string text_of(FeatureState state, std::uint32_t checksum) {
  return std::string{name_of(state)} + (checksum == 0 ? "" : ", " + checksum_text(checksum));
}
inline std::string_view field_of(const Fingerprint& print, std::string_view field) {
  for (const auto& [name, value] : print.fields)
    if (name == field) return value;
  return {};
}
/// Whether other processes, which have the rows, have targets of other names than the classes.
inline bool have_other_targets(const Fingerprint& print) {
  const std::string_view targets = field_of(print, "names of targets");
  return !targets.empty() && targets != any_value && targets != field_of(print, "names of classes");
}
/// Of the features, where this process has none; nothing if that is not what text_of() gives.
inline std::pair<std::optional<FeatureState>, std::uint32_t> state_of_others(
    const Fingerprint& print) {
  const std::string_view value = field_of(print, "state of features");
  const char* const end = value.data() + value.size();
  std::uint32_t checksum = 0;
  std::from_chars(end - std::min<std::size_t>(value.size(), 8), end, checksum, 16);
  for (const auto state : {FeatureState::measured, FeatureState::imputed, FeatureState::scaled})
    for (const std::uint32_t by : {0u, checksum})
      if (value == text_of(state, by)) return {state, by};
  return {};
}

/// All that the processes of a run must have alike. `policies` are the settings of the rule and of
/// the optimizer.
template <class M, class D>
Fingerprint fingerprint_of(const M& model, const D& data, const TrainOptions& options,
                           std::span<const Settings> policies) {
  Fingerprint print;
  const auto add = [&](const char* field, std::string value) {
    print.fields.emplace_back(field, std::move(value));
  };
  add("scalar", std::to_string(8 * sizeof(typename M::Scalar)) + " bits");
  add("parameters", std::to_string(model.parameter_count()));
  add("model", plain_type_name<M>());
  add("rows", std::to_string(data.size()));
  add("TrainOptions::epochs", std::to_string(options.epochs));
  add("TrainOptions::batch_size", std::to_string(options.batch_size));
  add("TrainOptions::seed", std::to_string(options.seed.value));
  add("TrainOptions::data_placement", is_partitioned(options) ? "partitioned" : "replicated");
  constexpr std::size_t most_bytes = 900;  // of each
  for (const Settings& settings : policies) print.add(settings, "", most_bytes);
  if constexpr (HasSettings<M>) print.add(model.settings(), "model ", most_bytes);
  if constexpr (HasDigest<D>) {
    print.add(data.digest(), "data ", most_bytes / 2);
  } else {
    add("data", "not compared, as they have no digest()");
  }
  // Not "data ...": where each process has other rows, these are the same still.
  if constexpr (requires { print.add_names("", data.classes); })
    print.add_names("names of classes", data.classes);
  if constexpr (requires { print.add_names("", data.feature_names); })
    print.add_names("names of features", data.feature_names);
  const bool has_rows = data.size() > 0;
  const auto of_rows = [&](const char* field, const std::string& value) {
    add(field, has_rows ? value : std::string{any_value});
  };
  if constexpr (requires { print.add_names("", data.target_names); }) {
    print.add_names("names of targets", data.target_names);
    if (!has_rows && data.target_names.empty()) of_rows("names of targets", "");
  }
  if constexpr (requires { name_of(data.state); })
    of_rows("state of features", text_of(data.state, prepared_by(data)));
  if constexpr (requires { data.weights.size() > 0; })
    of_rows("weights", data.weights.size() > 0 ? "yes" : "no");
  return print;
}

/// What the division of the work asks of a rule.
struct RuleTraits {
  Schedule schedule;
  int period;
  bool ensemble;
};

/// Local steps of a cycle, where an epoch has so many.
inline std::uint64_t cycle_of(int period, std::uint64_t steps_per_epoch) {
  return period == one_epoch ? steps_per_epoch : static_cast<std::uint64_t>(period);
}

/// Of the rows that each worker brings.
inline Ledger ledger_of_parts(std::span<const std::uint64_t> rows, const TrainOptions& options,
                              const RuleTraits& rule) {
  const auto batches = [&](std::uint64_t count) {
    const auto batch_size = static_cast<std::uint64_t>(options.batch_size);
    return (count + batch_size - 1) / batch_size;
  };
  const std::uint64_t most = batches(std::ranges::max(rows));
  std::vector<std::uint64_t> steps;
  for (std::size_t rank = 0; rank < rows.size(); ++rank) {
    const std::uint64_t own = batches(rows[rank]);
    const std::uint64_t epoch = own > 0 && rule.schedule == Schedule::synchronous ? most : own;
    require(
        rows[rank] >= epoch, "rows of worker " + std::to_string(rank), rows[rank],
        "at least " + std::to_string(most) + ", one for each step of an epoch of the largest part");
    steps.push_back(epoch * static_cast<std::uint64_t>(options.epochs));
  }
  return Ledger{steps, cycle_of(rule.period, most), false, true};
}

/// `data` must outlive the plan.
template <class D>
RunPlan plan_of(const D& data, const TrainOptions& options, const RuleTraits& rule,
                Fingerprint fingerprint) {
  RunPlan plan{std::move(fingerprint), [&data, options, rule](int workers) {
                 const Shares shares{data, workers, options.batch_size, options.seed};
                 const std::uint64_t epoch = shares.steps_per_epoch();
                 const std::vector<std::uint64_t> steps(
                     static_cast<std::size_t>(workers),
                     epoch * static_cast<std::uint64_t>(options.epochs));
                 return Ledger{steps, cycle_of(rule.period, epoch),
                               rule.schedule != Schedule::synchronous && !rule.ensemble};
               }};
  if (is_partitioned(options)) {
    plan.ledger_of_parts = [options, rule](std::span<const std::uint64_t> rows) {
      return ledger_of_parts(rows, options, rule);
    };
  }
  return plan;
}

}  // namespace tributary::inline v0_1::detail
