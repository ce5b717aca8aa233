// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <thread>
#include <tributary/center/any_center.hpp>
#include <tributary/core/are_finite.hpp>
#include <tributary/core/training_diverged.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/events.hpp>
#include <tributary/model/calibrated.hpp>
#include <tributary/observe/observer.hpp>
#include <tributary/trainer/detail/peak_memory.hpp>
#include <tributary/trainer/detail/run_plan.hpp>
#include <tributary/trainer/train_options.hpp>
#include <tributary/trainer/trained.hpp>
#include <tributary/transport/transport.hpp>
#include <tuple>
#include <utility>
#include <vector>

namespace tributary::inline v0_1::detail {

inline RunReport report_of(Delivery delivery, const Tally& tally) {
  RunReport report{std::move(delivery)};
  report.merges = tally.merges;
  report.steps = tally.steps;
  report.events = tally.events;
  report.mean_staleness = tally.mean_staleness();
  report.staleness = tally.staleness;
  report.waiting_share = tally.waiting_share();
  report.cores = static_cast<int>(std::thread::hardware_concurrency());
  report.peak_memory_bytes = peak_memory_bytes();
  return report;
}

inline Notice notice_of_threads(const RunReport& report) {
  return {std::to_string(report.threads) + " threads trained on " + std::to_string(report.cores) +
              " cores, in bursts: the mean staleness says little; its median is " +
              std::to_string(report.staleness_below(0.5)) + ", its 99th percentile " +
              std::to_string(report.staleness_below(0.99)),
          report.seconds};
}

template <Real S>
void require_finite(const Vector<S>& parameters, const std::string& what) {
  if (!are_finite(parameters.data(), parameters.size()))
    throw TrainingDiverged{"training diverged: " + what +
                           " are NaN or infinite; try a smaller learning_rate or period"};
}

/// The final parameters of `whose`, calibrated() if the model needs it.
template <class M, class D>
Vector<typename M::Scalar> settled(const M& model, const Vector<typename M::Scalar>& parameters,
                                   const D& data, int batch_size, const std::string& whose) {
  require_finite(parameters, "the final parameters of " + whose);
  Vector<typename M::Scalar> result = calibrated(model, parameters, data, batch_size);
  require_finite(result, "the calibrated() parameters of " + whose);
  return result;
}

/// The result with the names and state of the data; a process without rows takes them from the
/// others.
template <class M, class D>
Trained<M> trained_on(const M& model, std::vector<Vector<typename M::Scalar>> members,
                      const RunReport& report, const D& data) {
  Trained<M> result{model, std::move(members), report};
  const bool has_rows = data.size() > 0;
  if constexpr (requires { result.classes = data.classes; }) result.classes = data.classes;
  if constexpr (requires { result.classes = data.target_names; }) {
    const auto is_class = [&](const std::string& name) {
      return std::ranges::find(result.classes, name) != result.classes.end();
    };
    // The outputs of a regression are not classes.
    if (!std::ranges::all_of(data.target_names, is_class) ||
        (!has_rows && have_other_targets(report.fingerprint)))
      result.classes.clear();
  }
  if constexpr (requires { result.feature_names = data.feature_names; })
    result.feature_names = data.feature_names;
  if constexpr (requires { result.missing = missing_of(data); }) result.missing = missing_of(data);
  if constexpr (requires { result.feature_state = data.state; })
    std::tie(result.feature_state, result.prepared_by) =
        has_rows ? std::pair{std::optional{data.state}, prepared_by(data)}
                 : state_of_others(report.fingerprint);
  return result;
}

}  // namespace tributary::inline v0_1::detail
