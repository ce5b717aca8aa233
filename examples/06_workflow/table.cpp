#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "report.hpp"

namespace {
std::string format(const char* pattern, double value) {
  if (std::isnan(value)) return "-";
  char text[64];
  std::snprintf(text, sizeof text, pattern, value);
  return text;
}

/// Right-aligned; the width counts characters, not bytes.
std::string cell(const std::string& text, int width) {
  const auto characters = std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; });
  return std::string(static_cast<std::size_t>(std::max<std::ptrdiff_t>(width - characters, 0)),
                     ' ') +
         text;
}

}  // namespace

std::string table(const std::vector<Comparison>& splits) {
  struct Head {
    const char* title;
    int width;
  };
  constexpr std::array heads{Head{"trainer", 11},  Head{"window", 8},    Head{"workers", 9},
                             Head{"accuracy", 10}, Head{"F1", 8},        Head{"AUC", 8},
                             Head{"AMS", 7},       Head{"seconds", 9},   Head{"events/s", 10},
                             Head{"merges", 8},    Head{"staleness", 11}};
  std::string text;
  for (const Head& head : heads) text += cell(head.title, head.width);
  text += '\n';
  for (std::size_t i = 0; i < splits.front().size(); ++i) {
    double runs = 0;
    const auto mean = [&](auto&& value) {
      double sum = 0;
      runs = 0;
      for (const Comparison& split : splits) {
        if (i >= split.size()) continue;
        sum += static_cast<double>(value(split[i]));
        ++runs;
      }
      return sum / runs;
    };
    const Run& first = splits.front()[i];
    const double seconds = mean([](const Run& r) { return r.report.seconds; });
    const double events = mean([](const Run& r) { return r.report.events; });
    const std::array cells{
        first.trainer,
        first.window == 0 ? std::string{"-"} : std::to_string(first.window),
        std::to_string(first.workers),
        format("%.4f", mean([](const Run& r) { return r.accuracy; })),
        format("%.4f", mean([](const Run& r) { return r.f1; })),
        format("%.4f", mean([](const Run& r) { return r.auc; })),
        format("%.3f", mean([](const Run& r) { return r.ams; })),
        format("%.1f", seconds),
        format("%.0f", events / seconds),
        format("%.0f", mean([](const Run& r) { return r.report.merges; })),
        format("%.2f", mean([](const Run& r) { return r.report.mean_staleness; }))};
    for (std::size_t column = 0; column < cells.size(); ++column)
      text += cell(cells[column], heads[column].width);
    if (first.diverged) text += "  diverged";
    text += '\n';
  }
  if (const std::string& note = splits.front().front().ams_note; !note.empty())
    text += '\n' + note + '\n';
  return text;
}
