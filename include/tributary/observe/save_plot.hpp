// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <tributary/core/file.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/observe/detail/plain_text.hpp>
#include <tributary/observe/detail/plot.hpp>
#include <tributary/observe/evaluate.hpp>
#include <tributary/observe/history.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

/// A run of a comparison by save_plot().
struct PlottedRun {
  std::string name;          ///< Runs of one name have one color.
  std::string variant = {};  ///< Runs of one variant have one pattern of dashes; may be empty.
  const History* history;
};

namespace detail {

/// The finite points, as means over at most 100 stretches. The returned point stays as it is.
inline Curve curve_of(std::string label, const std::vector<MetricPoint>& points) {
  constexpr std::size_t most = 100;
  constexpr double largest = 1e300, smallest = 1e-300;  // so that differences and ratios are finite
  Curve curve{.label = std::move(label)};
  std::vector<MetricPoint> finite;
  for (const MetricPoint& point : points)
    if (is_finite(point.value) && is_finite(point.seconds)) finite.push_back(point);
  const bool returned = !finite.empty() && finite.back().returned;
  const std::size_t count = finite.size() - returned, parts = std::min(count, most);
  const auto add = [&](std::size_t begin, std::size_t end) {
    double seconds = 0, events = 0, value = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const double share = 1 / static_cast<double>(i - begin + 1);
      const double now = std::clamp(finite[i].value, -largest, largest);
      seconds += (finite[i].seconds - seconds) * share;
      events += (static_cast<double>(finite[i].events) - events) * share;
      value += (now - value) * share;
    }
    curve.seconds.push_back(seconds);
    curve.events.push_back(events);
    curve.values.push_back(std::abs(value) < smallest ? 0 : value);
  };
  for (std::size_t i = 0; i < parts; ++i) add(count * i / parts, count * (i + 1) / parts);
  if (returned) add(count, count + 1);
  curve.ends_in_ring = returned;
  return curve;
}

/// The training loss, the training accuracy and all metrics that have finite values.
inline std::vector<Curve> curves_of(const History& history) {
  std::vector<Curve> curves;
  const auto add = [&](std::string name, const std::vector<MetricPoint>& points) {
    Curve curve = curve_of(std::move(name), points);
    if (!curve.values.empty()) curves.push_back(std::move(curve));
  };
  std::vector<MetricPoint> loss, accuracy;
  for (const History::Row& row : history.rows) {
    loss.push_back({row.events, row.seconds, row.loss});
    accuracy.push_back({row.events, row.seconds, row.accuracy});
  }
  add("training loss", loss);
  add("training accuracy", accuracy);
  for (const History::Metric& metric : history.metrics()) add(metric.name, metric.points);
  return curves;
}

/// The place of an element in a list, to which it is added if it is new.
template <class Element, class Projection = std::identity>
std::size_t place_in(std::vector<Element>& list, std::string_view name,
                     Projection projection = {}) {
  const auto found = std::ranges::find(list, name, projection);
  const auto place = static_cast<std::size_t>(found - list.begin());
  if (found == list.end()) list.push_back({std::string{name}});
  return place;
}

inline std::string_view last_word(std::string_view name) {
  return name.substr(name.find_last_of(' ') + 1);  // npos + 1 is 0
}

/// Losses and wide ranges have logarithmic axes. A run that diverges must not squeeze the others:
/// among several runs, the start of a loss is its highest value.
inline Axis axis_of(const PlotRow& row, bool several) {
  if (row.curves.empty()) return {};
  const bool loss = last_word(row.title) == "loss";
  double low = row.curves.front().values.front(), high = low;
  for (const Curve& curve : row.curves) {
    low = std::min(low, std::ranges::min(curve.values));
    high = std::max(high, several && loss ? curve.values.front() : std::ranges::max(curve.values));
  }
  return Axis::of(low, high, low > 0 && (loss || high / 100 > low));
}

inline void write_plot(const std::filesystem::path& path, std::vector<PlotRow> rows, bool several) {
  if (path.extension() != ".svg")
    throw FileError{path.string() + ": found the extension '" + path.extension().string() +
                    "', expected .svg"};
  if (rows.empty()) rows.push_back({"loss"});
  for (PlotRow& row : rows) row.axis = axis_of(row, several);
  write_file_atomically(path, Svg{rows}.str());
}

}  // namespace detail

/// Draws the curves of a history against time and events, as an SVG picture that is readable on
/// light and on dark pages: the training loss and accuracy, and all metrics. Curves of which the
/// names end in the same word share a panel, such as "training loss" and "validation loss". More
/// than 100 values become means over 100 stretches of the run; values that are not finite are left
/// out. A ring is the value of the center that train() returned. Losses have a logarithmic axis, if
/// they are positive. Throws FileError, also for another extension than .svg.
inline void save_plot(const std::filesystem::path& path, const History& history) {
  std::vector<detail::PlotRow> rows;
  for (detail::Curve& curve : detail::curves_of(history)) {
    const auto row =
        detail::place_in(rows, detail::last_word(curve.label), &detail::PlotRow::title);
    curve.color = rows[row].curves.size();
    rows[row].curves.push_back(std::move(curve));
  }
  detail::write_plot(path, std::move(rows), false);
}

/// Compares runs in one picture: a row of panels for each name of a curve. A loss that is larger
/// than the first values of all runs is cut off, so that a run that diverges hides no other.
/// Throws std::invalid_argument for a run without a history, or a name that is not plain text.
inline void save_plot(const std::filesystem::path& path, const std::vector<PlottedRun>& runs) {
  std::vector<detail::PlotRow> rows;
  std::vector<std::string> names, variants{""};
  for (const PlottedRun& run : runs) {
    require(run.history != nullptr, "PlottedRun::history", "nullptr", "a history");
    require(detail::is_plain_text(run.name), "PlottedRun::name", run.name,
            "UTF-8 without control characters");
    require(detail::is_plain_text(run.variant), "PlottedRun::variant", run.variant,
            "UTF-8 without control characters");
    const std::size_t color = detail::place_in(names, run.name);
    const std::size_t dash = detail::place_in(variants, run.variant);
    for (detail::Curve& curve : detail::curves_of(*run.history)) {
      const auto row = detail::place_in(rows, curve.label, &detail::PlotRow::title);
      curve.label = run.variant.empty() ? run.name : run.name + ' ' + run.variant;
      curve.color = color;
      curve.dash = dash;
      rows[row].curves.push_back(std::move(curve));
    }
  }
  detail::write_plot(path, std::move(rows), true);
}

}  // namespace tributary::inline v0_1
