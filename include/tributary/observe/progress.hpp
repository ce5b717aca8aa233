#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <ostream>
#include <string>
#include <tributary/core/finite.hpp>
#include <tributary/core/terminal.hpp>
#include <tributary/observe/observer.hpp>

namespace tributary {

/// Shows how far a run is: share done, events/s, running loss and accuracy, time left. A bar that
/// is redrawn on a terminal, elsewhere a line now and then.
struct Progress {
  std::string label = {};
  std::ostream* out = &std::clog;
  double bar_seconds = 0.1;  ///< Between two drawings of the bar.
  double line_seconds = 10;  ///< Between two lines, where there is no terminal.

  void on(const Started& run) {
    end_line();
    state = {.total = run.events, .terminal = is_terminal(*out)};
  }
  template <Real S>
  void on(const Merged<S>& m) {
    const auto events = static_cast<double>(m.events - state.events);
    if (!is_nan(m.loss)) {
      state.loss_sum += m.loss * events;
      state.hits += m.accuracy * events;
      state.recent += events;
    }
    state.events = m.events;
    if (m.seconds < state.next) return;
    state.next = m.seconds + (state.terminal ? bar_seconds : line_seconds);
    show(m.seconds);
  }
  template <Real S>
  void on(const Finished<S>& run) {
    show(run.seconds);
    end_line();
  }
  /// A run that failed leaves no half-drawn bar behind.
  ~Progress() { end_line(); }

  /// Of the present run.
  struct State {
    std::uint64_t total = 0;  ///< Events that the whole run will see.
    bool terminal = false;
    std::uint64_t events = 0;
    double loss_sum = 0, hits = 0, recent = 0;  ///< Since the last show: sums, and their events.
    double next = 0;                            ///< When to show next, in seconds.
    std::string figures = {};                   ///< Loss and accuracy as last shown.
    bool line_open = false;
  } state = {};

 private:
  void show(double seconds) {
    const double done = static_cast<double>(state.events) /
                        static_cast<double>(std::max<std::uint64_t>(state.total, 1));
    if (state.recent > 0) {
      state.figures.clear();
      append(state.figures, "  loss %.4f", state.loss_sum / state.recent);
      if (!is_nan(state.hits)) append(state.figures, "  accuracy %.3f", state.hits / state.recent);
      state.loss_sum = state.hits = state.recent = 0;
    }
    std::string line = label;
    if (state.terminal) {
      constexpr std::size_t width = 24;
      const auto full = static_cast<std::size_t>(std::clamp(done, 0.0, 1.0) * width);
      line.append("  [").append(full, '=').append(width - full, ' ').append("]");
    }
    append(line, "  %3.0f %%", 100 * done);
    append(line, "  %.0f events/s", seconds > 0 ? static_cast<double>(state.events) / seconds : 0);
    line += state.figures;
    if (done < 1 && done > 0) {
      append(line, "  %.0f s left", seconds * (1 - done) / done);
    } else {
      append(line, "  in %.1f s", seconds);
    }
    // "\033[K" clears what a longer line before has left.
    *out << (state.terminal ? "\r" : "") << line << (state.terminal ? "\033[K" : "\n")
         << std::flush;
    state.line_open = state.terminal;
  }
  void end_line() {
    if (state.line_open) *out << '\n' << std::flush;
    state.line_open = false;
  }
  /// printf, for one number.
  static void append(std::string& text, const char* format, double value) {
    char piece[64];
    std::snprintf(piece, sizeof piece, format, value);
    text += piece;
  }
};
static_assert(Observer<Progress, float>);

}  // namespace tributary
