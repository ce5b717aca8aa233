// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <ostream>
#include <string>
#include <tributary/core/finite.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/observe/detail/terminal.hpp>
#include <tributary/observe/observer.hpp>

namespace tributary::inline v0_1 {

namespace detail {
inline double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
}  // namespace detail

/// Displays the progress of a run: fraction done, events/s, mean loss and accuracy since the last
/// display, time left; and each Notice, such as a lost worker. It redraws a bar on a terminal and
/// writes a line at intervals elsewhere. The intervals and the time left are wall time. Events/s
/// and the final time are those of the run, virtual in a simulation.
struct Progress {
  std::string label = {};
  std::ostream* out = &std::clog;
  double bar_seconds = 0.1;  ///< Between two drawings of the bar.
  double line_seconds = 10;  ///< Between two lines, without a terminal.
  double (*clock)() = &detail::wall_seconds;

  void on(const Started& run) {
    end_line();
    state = {.total = run.events, .terminal = is_terminal(*out), .begin = clock()};
  }
  template <Real S>
  void on(const Merged<S>& m) {
    const auto events = static_cast<double>(m.events - state.events);
    if (!is_nan(m.loss)) {
      state.loss_sum += m.loss * events;
      state.hits += m.accuracy * events;
      state.recent += events;
    }
    if (state.events == 0 && m.version > 1) state.events_before = m.events;
    state.events = m.events;
    const double now = clock() - state.begin;
    if (now < state.next) return;
    state.next = now + (state.terminal ? bar_seconds : line_seconds);
    show(m.seconds);
  }
  void on(const Notice& notice) {
    if (state.line_open) *out << "\r\033[K";
    state.line_open = false;
    // may come from a peer: control characters could move a terminal's cursor
    std::string text = notice.text;
    std::ranges::replace_if(
        text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
    *out << label << "  " << text << '\n' << std::flush;
  }
  template <Real S>
  void on(const Finished<S>& run) {
    show(run.seconds, true);
    end_line();
  }
  /// After a failed run, ends the line of the bar.
  ~Progress() { end_line(); }

  /// State of the current run.
  struct State {
    std::uint64_t total = 0;  ///< Events of the whole run; 0 if unknown.
    bool terminal = false;
    double begin = 0;  ///< Time of the clock.
    std::uint64_t events = 0;
    std::uint64_t events_before = 0;            ///< Events before a restart.
    double loss_sum = 0, hits = 0, recent = 0;  ///< Sums since the last display, and their events.
    double next = 0;                            ///< Next display, in seconds since the beginning.
    std::string figures = {};                   ///< Last displayed loss and accuracy.
    bool line_open = false;
  } state = {};

 private:
  void show(double seconds, bool finished = false) {
    const bool known = state.total > 0;
    const double done = static_cast<double>(state.events) /
                        static_cast<double>(std::max<std::uint64_t>(state.total, 1));
    if (state.recent > 0) {
      state.figures.clear();
      append(state.figures, "  loss %.4f", state.loss_sum / state.recent);
      if (!is_nan(state.hits)) append(state.figures, "  accuracy %.3f", state.hits / state.recent);
      state.loss_sum = state.hits = state.recent = 0;
    }
    std::string line = label;
    if (state.terminal && known) {
      constexpr std::size_t width = 24;
      const auto full = static_cast<std::size_t>(std::clamp(done, 0.0, 1.0) * width);
      line.append("  [").append(full, '=').append(width - full, ' ').append("]");
    }
    if (known) append(line, "  %3.0f %%", 100 * done);
    append(line, "  %.0f events/s", seconds > 0 ? static_cast<double>(state.events) / seconds : 0);
    line += state.figures;
    const std::uint64_t seen = state.events - state.events_before;
    if (finished || (known && done >= 1)) {
      append(line, "  in %.1f s", seconds);
    } else if (known && seen > 0) {
      const auto left = static_cast<double>(state.total - state.events);
      append(line, "  %.0f s left", (clock() - state.begin) * left / static_cast<double>(seen));
    }
    // "\033[K" clears the rest of a longer line.
    *out << (state.terminal ? "\r" : "") << line << (state.terminal ? "\033[K" : "\n")
         << std::flush;
    state.line_open = state.terminal;
  }
  void end_line() {
    if (state.line_open) *out << '\n' << std::flush;
    state.line_open = false;
  }
  /// printf for one value.
  static void append(std::string& text, const char* format, double value) {
    char piece[64];
    std::snprintf(piece, sizeof piece, format, value);
    text += piece;
  }
};

}  // namespace tributary::inline v0_1
