#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

/// A number as printf writes it.
inline std::string formatted(const char* pattern, double value) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, value);
  return text;
}

/// An SVG picture with the time on the x axis, and a logarithmic y axis.
class Plot {
 public:
  static constexpr double width = 900, height = 520, left = 70, right = 210, top = 30, bottom = 60;

  Plot(double last, double lowest, double highest)
      : last_{last}, lowest_{lowest}, highest_{highest} {
    svg_ << R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 )" << width << ' ' << height
         << R"(" font-family="sans-serif" font-size="13">)"
         << R"(<rect width="100%" height="100%" fill="white"/>)";
    draw_grid();
  }
  double x(double seconds) const { return left + seconds / last_ * (width - left - right); }
  double y(double value) const {
    const double share =
        std::log(std::min(value, highest_) / lowest_) / std::log(highest_ / lowest_);
    return height - bottom - share * (height - top - bottom);
  }
  void text(double at_x, double at_y, const char* anchor, const std::string& what) {
    svg_ << "<text x=\"" << at_x << "\" y=\"" << at_y << "\" text-anchor=\"" << anchor << "\">"
         << what << "</text>";
  }
  void vertical_text(double at_x, double at_y, const std::string& what) {
    svg_ << "<text transform=\"translate(" << at_x << ' ' << at_y
         << ") rotate(-90)\" text-anchor=\"middle\">" << what << "</text>";
  }
  void line(double x1, double y1, double x2, double y2, const std::string& style) {
    svg_ << "<line x1=\"" << x1 << "\" y1=\"" << y1 << "\" x2=\"" << x2 << "\" y2=\"" << y2 << "\" "
         << style << "/>";
  }
  void curve(const std::vector<double>& seconds, const std::vector<double>& values,
             const std::string& style) {
    svg_ << "<polyline fill=\"none\" " << style << " points=\"";
    for (std::size_t i = 0; i < values.size(); ++i)
      svg_ << formatted("%.1f", x(seconds[i])) << ',' << formatted("%.1f", y(values[i])) << ' ';
    svg_ << "\"/>";
  }
  std::string str() const { return svg_.str() + "</svg>\n"; }

 private:
  void draw_grid() {
    const std::string gray = "stroke=\"#dddddd\"";
    // Steps of 1, 2 or 5 times a power of ten, at least five.
    const double raw = last_ / 5, power = std::pow(10, std::floor(std::log10(raw)));
    const double step = power * (5 * power <= raw ? 5 : 2 * power <= raw ? 2 : 1);
    for (double t = 0; t <= last_; t += step) {
      line(x(t), top, x(t), height - bottom, gray);
      text(x(t), height - bottom + 20, "middle", formatted("%g", t));
    }
    for (double decade = std::pow(10, std::floor(std::log10(lowest_))); decade < highest_;
         decade *= 10) {
      for (const double digit : {1, 2, 3, 4, 5, 6, 8}) {
        const double value = digit * decade;
        if (value < lowest_ || value > highest_) continue;
        line(left, y(value), width - right, y(value), gray);
        text(left - 8, y(value) + 4, "end", formatted("%g", value));
      }
    }
  }

  double last_, lowest_, highest_;
  std::ostringstream svg_;
};
