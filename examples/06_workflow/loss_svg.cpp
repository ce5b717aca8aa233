#include <algorithm>
#include <array>
#include <cmath>

#include "plot.hpp"
#include "report.hpp"

namespace {
/// Means of the loss over 60 stretches of the run: a smooth curve.
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

/// The place of an element in a list, to which it is added if it is new.
std::size_t place(auto& list, const auto& element) {
  const auto found = std::ranges::find(list, element);
  if (found == list.end()) list.push_back(element);
  return static_cast<std::size_t>(std::ranges::find(list, element) - list.begin());
}
}  // namespace

std::string loss_svg(const Comparison& runs) {
  constexpr std::array colors{"#4477aa", "#ee6677", "#228833", "#ccbb44",
                              "#66ccee", "#aa3377", "#bbbbbb"};  // Paul Tol's, for all eyes
  std::vector<Curve> curves;
  double last = 0, lowest = INFINITY, highest = 0;
  for (const Run& run : runs) {
    const Curve& curve = curves.emplace_back(smooth(run.history));
    for (const double seconds : curve.seconds) last = std::max(last, seconds);
    for (const double loss : curve.loss) lowest = std::min(lowest, loss);
    // A run that diverges must not squeeze the others, so the start of a curve is its highest point.
    if (!curve.loss.empty()) highest = std::max(highest, curve.loss.front());
  }
  if (!(last > 0 && 0 < lowest && lowest < highest)) last = 1, lowest = 0.1, highest = 1;

  Plot plot{last, lowest, highest};
  plot.text((Plot::left + Plot::width - Plot::right) / 2, Plot::height - 15, "middle",
            "training time, s");
  plot.vertical_text(20, Plot::height / 2, "training loss, logarithmic");
  std::vector<int> windows;  // they differ by dashes, trainers by color
  std::vector<std::string> trainers;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::size_t color = place(trainers, runs[i].trainer) % colors.size();
    const std::size_t dash = runs[i].window == 0 ? 0 : place(windows, runs[i].window);
    std::string style = std::string{"stroke=\""} + colors[color] + "\" stroke-width=\"2\"";
    if (dash > 0) style += " stroke-dasharray=\"" + std::to_string(8 / dash) + " 3\"";
    plot.curve(curves[i].seconds, curves[i].loss, style);
    const double x = Plot::width - Plot::right + 20,
                 y = Plot::top + 14 + 20 * static_cast<double>(i);
    plot.line(x, y - 4, x + 30, y - 4, style);
    plot.text(x + 38, y, "start", runs[i].name());
  }
  return plot.str();
}
