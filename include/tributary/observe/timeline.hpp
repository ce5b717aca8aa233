// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/observe/observer.hpp>
#include <vector>

namespace tributary::inline v0_1 {

/// Keeps every span of a run, simulated or real, to show which worker waited for which:
/// chrome_trace(timeline) in observe/json.hpp writes it for https://ui.perfetto.dev.
/// TraceStep::of(timeline) simulates other clusters with its step times.
struct Timeline {
  std::vector<Span> spans = {};  ///< In the order of reporting.

  void on(const Started&) { spans.clear(); }
  void on(const Span& span) { spans.push_back(span); }
};

}  // namespace tributary::inline v0_1
