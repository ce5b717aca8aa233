// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tributary/core/crc32c.hpp>
#include <tributary/core/describe.hpp>
#include <tributary/core/random.hpp>
#include <tributary/core/type_name.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/dataset.hpp>
#include <tributary/data/events.hpp>
#include <tributary/model/model.hpp>
#include <tributary/trainer/detail/work_plan.hpp>
#include <tributary/trainer/train_options.hpp>
#include <tributary/transport/fingerprint.hpp>
#include <tributary/transport/transport.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1::detail {

template <class D>
std::uint32_t prepared_by(const D& data) {
  if constexpr (requires { data.prepared_by; }) return data.prepared_by;
  return 0;
}
/// A text such as "scaled, checksum 8a9136aa".
inline std::string text_of(FeatureState state, std::uint32_t checksum) {
  return std::string{name_of(state)} + (checksum == 0 ? "" : ", " + checksum_text(checksum));
}
inline std::string_view field_of(const Fingerprint& print, std::string_view field) {
  for (const auto& [name, value] : print.fields)
    if (name == field) return value;
  return {};
}
/// Whether the processes with rows have targets whose names are not those of the classes.
inline bool have_other_targets(const Fingerprint& print) {
  const std::string_view targets = field_of(print, "names of targets");
  return !targets.empty() && targets != any_value && targets != field_of(print, "names of classes");
}
/// The state of the features in other processes; nothing if the field does not have the form of
/// text_of().
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

/// The settings of a rule and an optimizer. Their names differ even if both types have one name.
template <class R, class O>
std::array<Settings, 2> describe_policies(const R& rule, const O& optimizer) {
  const std::string type = plain_type_name<O>();
  return {describe_settings("rule", rule),
          describe_settings("optimizer", optimizer,
                            (type == plain_type_name<R>() ? "optimizer " : "") + type + "::")};
}

/// The properties that all processes of a run must share. `policies` are the settings of the rule
/// and of the optimizer.
template <class M, class D>
Fingerprint fingerprint_of(const M& model, const D& data, const TrainOptions& options,
                           std::span<const Settings> policies) {
  constexpr std::size_t most_bytes = 900;  // for each of some settings
  Fingerprint print;
  const auto add = [&](const char* field, std::string value) {
    print.fields.emplace_back(field, std::move(value));
  };
  add("scalar", std::to_string(8 * sizeof(typename M::Scalar)) + " bits");
  add("parameters", std::to_string(model.parameter_count()));
  print.add({{"model", plain_type_name<M>()}}, "", most_bytes);
  add("rows", std::to_string(data.size()));
  add("TrainOptions::epochs", std::to_string(options.epochs));
  add("TrainOptions::batch_size", std::to_string(options.batch_size));
  add("TrainOptions::seed", std::to_string(options.seed.value));
  add("TrainOptions::data_placement", is_partitioned(options) ? "partitioned" : "replicated");
  for (const Settings& settings : policies) print.add(settings, "", most_bytes);
  if constexpr (HasSettings<M>) print.add(model.settings(), "model ", most_bytes);
  if constexpr (HasDigest<D>) {
    print.add(data.digest(), "data ", most_bytes / 2);
  } else {
    add("data", "not compared, as they have no digest()");
  }
  // Not "data ...": processes with different rows also share these fields.
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
  if constexpr (requires { data.weights.size() > 0; }) {
    std::string weights = data.weights.size() > 0 ? "yes" : "no";
    if constexpr (requires { data.training_weights.size() > 0; })
      if (data.training_weights.size() > 0) weights = "training";
    of_rows("weights", weights);
  }
  return print;
}

/// `work.data` must outlive the plan.
template <class M, class D, class R, class O>
RunPlan run_plan_of(const WorkPlan<D>& work, const M& model, const R& rule, const O& optimizer) {
  RunPlan plan{fingerprint_of(model, work.data, work.options, describe_policies(rule, optimizer)),
               [work](int workers) { return work.ledger(workers); }};
  if (work.start)
    plan.fingerprint.fields.emplace_back("initial parameters", checksum_text(*work.start));
  if (is_partitioned(work.options)) {
    plan.ledger_of_parts = [work](std::span<const std::uint64_t> rows) {
      return work.ledger_of_parts(rows);
    };
  }
  plan.checkpoint = work.options.checkpoint;
  return plan;
}

/// The carrier that a transport is, or that it makes when its processes meet. Only these need a plan,
/// for which all data may have to be read.
template <class T, class D, class M, class R, class O>
decltype(auto) carrier_of(const T& transport, const WorkPlan<D>& work, const M& model,
                          const R& rule, const O& optimizer,
                          const Vector<typename M::Scalar>& initial) {
  if constexpr (MeetsFirst<T, typename M::Scalar>) {
    const RunPlan plan = run_plan_of(work, model, rule, optimizer);
    if constexpr (requires { transport.meet(plan, initial, work.options.stop); })
      return transport.meet(plan, initial, work.options.stop);
    else
      return transport.meet(plan, initial);
  } else {
    return (transport);  // a reference
  }
}

}  // namespace tributary::inline v0_1::detail
