// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <tributary/observe/detail/plain_text.hpp>
#include <vector>

namespace tributary::inline v0_1::detail {

struct Tick {
  double value;
  std::string text;
};

/// A number of which digits below 10^exponent do not matter.
inline std::string tick_text(double value, int exponent) {
  const double size = std::abs(value);
  if (size == 0) return "0";
  if (exponent >= -6 && size < 1e6)
    return decimal(value, std::chars_format::fixed, std::max(0, -exponent));
  const int digits = static_cast<int>(std::floor(std::log10(size))) - exponent;
  return decimal(value, std::chars_format::scientific, std::max(0, digits));
}

/// At least five ticks, at 1, 2 or 5 times a power of ten.
inline std::vector<Tick> linear_ticks(double low, double high) {
  const double raw = (high - low) / 5;
  const int exponent = static_cast<int>(std::floor(std::log10(raw)));
  const double power = std::pow(10, exponent);
  const double step = power * (5 * power <= raw ? 5 : 2 * power <= raw ? 2 : 1);
  const double first = std::ceil(low / step - 1e-9);
  constexpr int most = 14;  // as raw / step < 2.5
  std::vector<Tick> ticks;
  for (int i = 0; i < most; ++i) {
    const double value = (first + i) * step;
    if (value <= high + 1e-9 * step) ticks.push_back({value, tick_text(value, exponent)});
  }
  return ticks;
}

inline std::vector<Tick> logarithmic_ticks(double low, double high) {
  const double first = std::floor(std::log10(low)), last = std::log10(high);
  const double decades = last - std::log10(low);
  const std::vector<int> digits = decades > 3     ? std::vector{1}
                                  : decades > 1.5 ? std::vector{1, 2, 5}
                                                  : std::vector{1, 2, 3, 4, 5, 6, 8};
  std::vector<Tick> ticks;
  for (double exponent = first; exponent <= last; exponent += std::max(1.0, std::ceil(decades / 6)))
    for (const int digit : digits) {
      const double value = digit * std::pow(10, exponent);
      if (low <= value && value <= high)
        ticks.push_back({value, tick_text(value, static_cast<int>(exponent))});
    }
  return ticks.size() < 3 ? linear_ticks(low, high) : ticks;
}

struct Axis {
  double low = 0, high = 1;
  bool logarithmic = false;  ///< Needs low > 0.

  /// From low to high, or wider if they are nearly equal.
  static Axis of(double low, double high, bool logarithmic) {
    if (logarithmic && !(high > 1.001 * low)) return {low / 1.5, high * 1.5, true};
    if (high - low > 1e-9 * std::max(std::abs(low), std::abs(high)))
      return {low, high, logarithmic};
    const double margin = low == 0 ? 1 : 0.1 * std::abs(low);
    return {low - margin, high + margin};
  }
  /// 0 at low, and 1 at high.
  double share(double value) const {
    const double share = logarithmic
                             ? (std::log(value) - std::log(low)) / (std::log(high) - std::log(low))
                             : (value - low) / (high - low);
    return std::clamp(share, -9.0, 9.0);
  }
  std::vector<Tick> ticks() const {
    return logarithmic ? logarithmic_ticks(low, high) : linear_ticks(low, high);
  }
};

/// Points of a plot, at a time and after a number of events.
struct Curve {
  std::string label = {};
  std::size_t color = 0;
  std::size_t dash = 0;
  std::vector<double> seconds = {}, events = {}, values = {};
  bool ends_in_ring = false;
};

/// Two panels side by side, against time and events, and a legend.
struct PlotRow {
  std::string title;
  std::vector<Curve> curves = {};
  Axis axis = {};
};

/// A self-contained SVG picture, readable on light and on dark pages.
class Svg {
 public:
  static constexpr std::size_t colors = 7, dashes = 4;

  explicit Svg(const std::vector<PlotRow>& rows) {
    std::size_t longest = ring.size();
    for (const PlotRow& row : rows)
      for (const Curve& curve : row.curves) longest = std::max(longest, curve.label.size());
    double height = 0;
    for (const PlotRow& row : rows) height += panel_height(row) + margin;
    const double width = legend + 50 + 7.5 * static_cast<double>(longest);
    text_ = "<svg xmlns=\"http://www.w3.org/2000/svg\"" + number("width", width) +
            number("height", height) + " viewBox=\"0 0 " + plain(width) + ' ' + plain(height) +
            "\" role=\"img\" aria-label=\"Curves against time and events\">\n<style>\n" +
            std::string{style_sheet} + "</style>\n" +
            R"(<rect class="paper" width="100%" height="100%"/>)";
    double top = 20;
    for (const PlotRow& row : rows) {
      draw(row, top);
      top += panel_height(row) + margin;
    }
  }
  std::string str() const { return text_ + "</svg>\n"; }

 private:
  static constexpr double panel_width = 340, left = 100, right = left + panel_width + 30,
                          legend = right + panel_width + 20, margin = 70, line_height = 20;
  // The hues of Paul Tol's scheme "bright", which all eyes can tell apart, with a contrast of at
  // least 3 to the page.
  static constexpr std::string_view style_sheet =
      R"(text { font: 13px -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328; }
.paper { fill: #ffffff; } .grid { stroke: #d0d7de; } .axis { stroke: #8c959f; }
.curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
.color0 { stroke: #4477aa; } .color1 { stroke: #ee6677; } .color2 { stroke: #228833; }
.color3 { stroke: #997700; } .color4 { stroke: #2299bb; } .color5 { stroke: #aa3377; }
.color6 { stroke: #777777; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; }
.paper { fill: #0d1117; } .grid { stroke: #30363d; } .axis { stroke: #6e7681; }
.color0 { stroke: #6699cc; } .color1 { stroke: #ee6677; } .color2 { stroke: #44aa55; }
.color3 { stroke: #ccbb44; } .color4 { stroke: #66ccee; } .color5 { stroke: #cc6699; }
.color6 { stroke: #bbbbbb; }
}
)";
  static constexpr std::string_view ring = "○  value of the result";
  static constexpr std::array<const char*, dashes> patterns{"", "8 3", "3 3", "8 3 2 3"};

  static double panel_height(const PlotRow& row) {
    return std::max(220.0, line_height * static_cast<double>(row.curves.size() + 1));
  }
  static bool has_ring(const PlotRow& row) {
    return std::ranges::any_of(row.curves, &Curve::ends_in_ring);
  }
  static std::string plain(double value) { return decimal(value, std::chars_format::fixed, 1); }
  static std::string number(const char* name, double value) {
    return std::string{' '} + name + "=\"" + plain(value) + '"';
  }
  static std::string escaped(std::string_view words) {
    std::string text;
    for (const char c : words)
      text += c == '<' ? "&lt;" : c == '&' ? "&amp;" : c == '>' ? "&gt;" : std::string{c};
    return text;
  }
  void words(double x, double y, const char* anchor, std::string_view text,
             const std::string& more = "") {
    text_ += "<text" + number("x", x) + number("y", y) + " text-anchor=\"" + anchor + '"' + more +
             '>' + escaped(text) + "</text>\n";
  }
  void line(double x1, double y1, double x2, double y2, const std::string& style) {
    text_ += "<line " + style + number("x1", x1) + number("y1", y1) + number("x2", x2) +
             number("y2", y2) + "/>\n";
  }
  static std::string style_of(const Curve& curve) {
    const std::string pattern = patterns[curve.dash % dashes];
    return "class=\"curve color" + std::to_string(curve.color % colors) + '"' +
           (pattern.empty() ? "" : " stroke-dasharray=\"" + pattern + '"');
  }

  struct Unit {
    double size;
    const char* name;
  };
  /// The largest unit of which the last place has at least `least`, or the first one.
  static Unit unit_of(double last, double least, std::span<const Unit> units) {
    Unit best = units.front();
    for (const Unit& unit : units)
      if (last >= least * unit.size) best = unit;
    return best;
  }
  static constexpr std::array times{Unit{1e-6, "time, µs"}, Unit{1e-3, "time, ms"},
                                    Unit{1, "time, s"}, Unit{60, "time, min"},
                                    Unit{3600, "time, h"}};
  static constexpr std::array counts{Unit{1, "events"}, Unit{1e3, "events, thousands"},
                                     Unit{1e6, "events, millions"}, Unit{1e9, "events, billions"}};

  void draw(const PlotRow& row, double top) {
    const double height = panel_height(row), middle = top + height / 2;
    words(18, middle, "middle", row.title + (row.axis.logarithmic ? ", logarithmic" : ""),
          " transform=\"rotate(-90 18 " + plain(middle) + ")\"");
    for (const Tick& tick : row.axis.ticks())
      words(left - 8, top + y(row, tick.value) + 4, "end", tick.text);
    draw_panel(row, top, left, &Curve::seconds, 2, times);
    draw_panel(row, top, right, &Curve::events, 10, counts);
    double at = top + 10;
    for (const Curve& curve : row.curves) {
      line(legend, at - 4, legend + 30, at - 4, style_of(curve));
      words(legend + 38, at, "start", curve.label);
      at += line_height;
    }
    if (has_ring(row)) words(legend + 10, at, "start", ring);
  }
  /// Curves have an <svg> of their own, which cuts them off at its edges.
  void draw_panel(const PlotRow& row, double top, double from, std::vector<double> Curve::*places,
                  double least, std::span<const Unit> units) {
    double last = 0;
    for (const Curve& curve : row.curves)
      for (const double place : curve.*places) last = std::max(last, place);
    if (last == 0) last = 1;
    const Unit unit = unit_of(last, least, units);
    const Axis axis{0, last / unit.size};
    const auto x = [&](double value) { return (0.02 + 0.96 * axis.share(value)) * panel_width; };
    const double height = panel_height(row), bottom = top + height;

    for (const Tick& tick : row.axis.ticks())
      line(from, top + y(row, tick.value), from + panel_width, top + y(row, tick.value),
           "class=\"grid\"");
    double free = 0;  // of texts, from here on
    for (const Tick& tick : axis.ticks()) {
      const double at = from + x(tick.value);
      line(at, top, at, bottom, "class=\"grid\"");
      const double half = 4.0 * static_cast<double>(tick.text.size() + 1);
      if (at - half < free) continue;
      words(at, bottom + 18, "middle", tick.text);
      free = at + half;
    }
    line(from, top, from, bottom, "class=\"axis\"");
    line(from, bottom, from + panel_width, bottom, "class=\"axis\"");
    words(from + panel_width / 2, bottom + 38, "middle", unit.name);
    if (row.curves.empty()) words(from + panel_width / 2, top + height / 2, "middle", "no values");
    text_ += "<svg" + number("x", from) + number("y", top) + number("width", panel_width) +
             number("height", height) + ">\n";
    for (const Curve& curve : row.curves) {
      std::string points;
      double at_x = 0, at_y = 0;
      for (std::size_t i = 0; i < curve.values.size(); ++i) {
        at_x = x((curve.*places)[i] / unit.size);
        at_y = y(row, curve.values[i]);
        points += (i == 0 ? "" : " ") + plain(at_x) + ',' + plain(at_y);
      }
      text_ += "<polyline " + style_of(curve) + " points=\"" + points + "\"/>\n";
      if (curve.values.size() == 1 || curve.ends_in_ring)
        text_ +=
            "<circle " + style_of(curve) + number("cx", at_x) + number("cy", at_y) + " r=\"4\"/>\n";
    }
    text_ += "</svg>\n";
  }
  static double y(const PlotRow& row, double value) {
    return panel_height(row) * (0.97 - 0.94 * row.axis.share(value));
  }

  std::string text_;
};

}  // namespace tributary::inline v0_1::detail
