// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/observe/observer.hpp>
#include <vector>

namespace tributary::inline v0_1 {

/// Every span of a run, simulated or real, so that one can look at who waited for whom:
/// chrome_trace(timeline) in observe/json.hpp writes it for https://ui.perfetto.dev. And
/// TraceStep::of(timeline) simulates other clusters with the times of its steps.
struct Timeline {
  std::vector<Span> spans = {};  ///< In the order in which they were told.

  void on(const Started&) { spans.clear(); }
  void on(const Span& span) { spans.push_back(span); }
};
static_assert(Observer<Timeline, float>);

}  // namespace tributary::inline v0_1
