#include "report.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <sstream>
#include <tributary/observe/json.hpp>

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

/// Means of the loss over stretches of the run, which is what the eye would draw.
struct Curve {
  std::vector<double> seconds, loss;
};
Curve smooth(const tributary::History& history) {
  constexpr std::size_t points = 60;
  Curve curve;
  const auto& rows = history.rows;
  for (std::size_t i = 0; i < points; ++i) {
    const std::size_t begin = rows.size() * i / points, end = rows.size() * (i + 1) / points;
    double loss = 0, seconds = 0, count = 0;
    for (std::size_t row = begin; row < end; ++row) {
      if (!std::isfinite(rows[row].loss)) continue;
      loss += rows[row].loss;
      seconds += rows[row].seconds;
      ++count;
    }
    if (count == 0) continue;
    curve.seconds.push_back(seconds / count);
    curve.loss.push_back(loss / count);
  }
  return curve;
}

/// The largest of 1, 2 or 5 times a power of ten that gives about five ticks.
double tick_step(double range) {
  const double raw = range / 5, power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {5.0, 2.0})
    if (factor * power <= raw) return factor * power;
  return power;
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

std::string history_json(const std::vector<Comparison>& splits, const Options& options) {
  nlohmann::json runs = nlohmann::json::array();
  for (std::size_t split = 0; split < splits.size(); ++split) {
    for (const Run& run : splits[split]) {
      runs.push_back({{"trainer", run.trainer},
                      {"window", run.window},
                      {"workers", run.workers},
                      {"seed", options.seed + split},
                      {"accuracy", run.accuracy},
                      {"f1", run.f1},
                      {"auc", run.auc},
                      {"ams", run.ams},
                      {"ams_note", run.ams_note},
                      {"seconds", run.report.seconds},
                      {"events", run.report.events},
                      {"merges", run.report.merges},
                      {"mean_staleness", run.report.mean_staleness},
                      {"median_staleness", run.report.staleness_below(0.5)},
                      {"staleness_of_99_percent", run.report.staleness_below(0.99)},
                      {"more_threads_than_cores", run.report.more_threads_than_cores()},
                      {"diverged", run.diverged},
                      {"history", run.history}});
    }
  }
  return nlohmann::json{{"batch_size", options.batch_size}, {"runs", runs}}.dump() + "\n";
}

std::string loss_svg(const Comparison& runs) {
  constexpr double width = 900, height = 520, left = 70, right = 210, top = 30, bottom = 60;
  constexpr std::array colors{"#4477aa", "#ee6677", "#228833", "#ccbb44",
                              "#66ccee", "#aa3377", "#bbbbbb"};  // Paul Tol's, for all eyes
  std::vector<Curve> curves;
  double last = 0, lowest = INFINITY, highest = 0;
  for (const Run& run : runs) {
    curves.push_back(smooth(run.history));
    const Curve& curve = curves.back();
    for (const double seconds : curve.seconds) last = std::max(last, seconds);
    for (const double loss : curve.loss) lowest = std::min(lowest, loss);
    // A run that blows up must not squeeze the others: what it starts from is high enough.
    if (!curve.loss.empty()) highest = std::max(highest, curve.loss.front());
  }
  if (!(last > 0 && 0 < lowest && lowest < highest)) last = 1, lowest = 0.1, highest = 1;
  const auto x = [&](double seconds) { return left + seconds / last * (width - left - right); };
  const auto y = [&](double loss) {
    const double share = std::log(std::min(loss, highest) / lowest) / std::log(highest / lowest);
    return height - bottom - share * (height - top - bottom);
  };

  std::ostringstream svg;
  svg << R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 )" << width << ' ' << height
      << R"(" font-family="sans-serif" font-size="13">)"
      << R"(<rect width="100%" height="100%" fill="white"/>)";
  const auto text = [&](double at_x, double at_y, const char* anchor, const std::string& what) {
    svg << "<text x=\"" << at_x << "\" y=\"" << at_y << "\" text-anchor=\"" << anchor << "\">"
        << what << "</text>";
  };
  const auto line = [&](double x1, double y1, double x2, double y2, const char* style) {
    svg << "<line x1=\"" << x1 << "\" y1=\"" << y1 << "\" x2=\"" << x2 << "\" y2=\"" << y2 << "\" "
        << style << "/>";
  };
  const char* const grid = "stroke=\"#dddddd\"";
  for (double t = 0, step = tick_step(last); t <= last; t += step) {
    line(x(t), top, x(t), height - bottom, grid);
    text(x(t), height - bottom + 20, "middle", format("%g", t));
  }
  for (double decade = std::pow(10, std::floor(std::log10(lowest))); decade < highest;
       decade *= 10) {
    for (const double digit : {1, 2, 3, 4, 5, 6, 8}) {
      const double loss = digit * decade;
      if (loss < lowest || loss > highest) continue;
      line(left, y(loss), width - right, y(loss), grid);
      text(left - 8, y(loss) + 4, "end", format("%g", loss));
    }
  }
  text((left + width - right) / 2, height - 15, "middle", "training time, s");
  svg << "<text transform=\"translate(20 " << height / 2
      << ") rotate(-90)\" text-anchor=\"middle\">training loss, logarithmic</text>";
  std::vector<int> windows;  // drawn apart by dashes, trainers by color
  std::vector<std::string> trainers;
  const auto place = [](auto& seen, const auto& what) {
    const auto found = std::ranges::find(seen, what);
    if (found != seen.end()) return static_cast<std::size_t>(found - seen.begin());
    seen.push_back(what);
    return seen.size() - 1;
  };
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const char* const color = colors[place(trainers, runs[i].trainer) % colors.size()];
    const std::size_t dash = runs[i].window == 0 ? 0 : place(windows, runs[i].window);
    const std::string style =
        std::string{"stroke=\""} + color + "\" stroke-width=\"2\"" +
        (dash == 0 ? "" : " stroke-dasharray=\"" + std::to_string(8 / dash) + " 3\"");
    svg << "<polyline fill=\"none\" " << style << " points=\"";
    for (std::size_t p = 0; p < curves[i].loss.size(); ++p)
      svg << format("%.1f", x(curves[i].seconds[p])) << ',' << format("%.1f", y(curves[i].loss[p]))
          << ' ';
    svg << "\"/>";
    const double row = top + 14 + 20 * static_cast<double>(i);
    line(width - right + 20, row - 4, width - right + 50, row - 4, style.c_str());
    text(width - right + 58, row, "start", runs[i].name());
  }
  svg << "</svg>\n";
  return svg.str();
}
