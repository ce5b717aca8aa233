// SPDX-License-Identifier: Apache-2.0
#pragma once

// JSON of the data in observers; needs nlohmann/json (tributary::json).
#include <algorithm>
#include <nlohmann/json.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/observe/history.hpp>
#include <tributary/observe/observer.hpp>
#include <tributary/observe/save_history.hpp>
#include <tributary/observe/timeline.hpp>
#include <utility>

namespace tributary::inline v0_1 {
namespace detail {

/// JSON has no NaN and no infinity; they become null.
inline nlohmann::json number_in_json(double value) {
  return is_finite(value) ? nlohmann::json(value) : nlohmann::json();
}

}  // namespace detail

/// One array a column, all of the same length: version, worker, staleness, loss, accuracy, events,
/// seconds. "metrics" has an object for each metric, by its name, with the arrays version, events,
/// seconds, value, returned. NaN and infinity become null.
inline void to_json(nlohmann::json& json, const History& history) {
  json = nlohmann::json::parse(detail::history_as_json(history));
}

/// A trace in the "Trace Event Format" of Chrome for https://ui.perfetto.dev. It has a row a
/// worker: below "center" the merges, below "workers" their activities, and below "messages" the
/// messages in flight. Its microseconds are those of the run, virtual in a simulation.
///
///   write_file_atomically("run.json", chrome_trace(timeline).dump());
inline nlohmann::json chrome_trace(const Timeline& timeline) {
  enum Process { center = 1, workers, messages };
  struct Kind {
    const char* name;
    Process process;
  };
  const auto kind_of = [](const Span& span) -> Kind {
    switch (span.activity) {
      case Activity::compute:
        return {"compute", workers};
      case Activity::waiting:
        return {"waiting", workers};
      case Activity::in_flight:
        return {"in flight", messages};
      case Activity::merge:
        return {"merge", center};
      case Activity::lost:
        return {"lost", span.seconds() > 0 ? messages : workers};
    }
    return {};
  };
  nlohmann::json events = nlohmann::json::array();
  const auto name = [&](Process process, const char* text) {
    events.push_back(
        {{"ph", "M"}, {"name", "process_name"}, {"pid", process}, {"args", {{"name", text}}}});
  };
  name(center, "center");
  name(workers, "workers");
  name(messages, "messages");
  for (const Span& span : timeline.spans) {
    const Kind kind = kind_of(span);
    nlohmann::json event = {{"name", kind.name},
                            {"pid", kind.process},
                            {"tid", std::max(span.worker, 0)},  // 0 for a round
                            {"ts", 1e6 * span.begin_seconds}};
    if (kind.process == workers && span.activity == Activity::lost) {
      event.update({{"ph", "i"}, {"s", "t"}});  // the loss of a worker is an instant
    } else {
      event.update({{"ph", "X"}, {"dur", 1e6 * span.seconds()}});
    }
    if (span.activity == Activity::merge) event["args"] = {{"worker", span.worker}};
    if (span.activity == Activity::compute) event["args"] = {{"steps", span.steps}};
    events.push_back(std::move(event));
  }
  return {{"traceEvents", std::move(events)}, {"displayTimeUnit", "ms"}};
}

}  // namespace tributary::inline v0_1
