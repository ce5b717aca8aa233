#include <tributary/observe/save_plot.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <regex>
#include <string>
#include <support/temporary_folder.hpp>
#include <vector>

using namespace tributary;

namespace {
constexpr double missing = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

std::string plotted(const auto& what) {
  const test::TemporaryFolder folder;
  save_plot(folder.path / "loss.svg", what);
  return std::string{FileContents{folder.path / "loss.svg"}.bytes()};
}

/// All matches of the pattern's first group.
std::vector<std::string> found(const std::string& text, const std::string& pattern) {
  const std::regex regex{pattern};
  std::vector<std::string> all;
  for (std::sregex_iterator at{text.begin(), text.end(), regex}, end; at != end; ++at)
    all.push_back((*at)[1]);
  return all;
}
std::vector<std::string> lines_of(const std::string& svg) {
  return found(svg, "<polyline[^>]* points=\"([^\"]*)\"");
}
std::vector<std::string> texts_of(const std::string& svg) {
  return found(svg, "<text[^>]*>([^<]*)</text>");
}
std::vector<std::string> labels(const std::vector<detail::Tick>& ticks) {
  std::vector<std::string> all;
  for (const detail::Tick& tick : ticks) all.push_back(tick.text);
  return all;
}

/// Whether each element ends, there is one root, and "<" and "&" are nowhere else.
bool is_well_formed(const std::string& xml) {
  std::vector<std::string> open;
  std::size_t roots = 0;
  for (std::size_t at = 0; at < xml.size(); ++at) {
    if (xml[at] == '&') {
      if (xml.compare(at, 4, "&lt;") != 0 && xml.compare(at, 4, "&gt;") != 0 &&
          xml.compare(at, 5, "&amp;") != 0)
        return false;
    }
    if (xml[at] != '<') continue;
    const std::size_t end = xml.find('>', at);
    if (end == std::string::npos) return false;
    const std::string tag = xml.substr(at + 1, end - at - 1);
    if (tag.find('<') != std::string::npos) return false;
    if (tag.starts_with('/')) {
      if (open.empty() || open.back() != tag.substr(1)) return false;
      open.pop_back();
    } else {
      roots += open.empty();
      if (!tag.ends_with('/')) open.push_back(tag.substr(0, tag.find(' ')));
    }
    at = end;
  }
  return open.empty() && roots == 1;
}

History::Row row(double loss, double accuracy, std::uint64_t events, double seconds) {
  return {1, 0, 0, loss, accuracy, events, seconds};
}
}  // namespace

// A panel has 340 by 220 points. Its axes begin at 2 % and 97 %, and are 96 % and 94 % long.
TEST_CASE("a loss is on a logarithmic axis, against time and against events") {
  History history;
  history.rows = {row(10, missing, 2000, 0), row(1, missing, 5000, 1.5),
                  row(0.1, missing, 20'000, 3)};
  const std::string svg = plotted(history);
  CHECK(lines_of(svg) == std::vector<std::string>{"6.8,6.6 170.0,110.0 333.2,213.4",
                                                  "39.4,6.6 88.4,110.0 333.2,213.4"});
  std::string texts;
  for (const std::string& text : texts_of(svg)) texts += text + '|';
  CHECK(texts ==
        "loss, logarithmic|0.1|0.2|0.5|1|2|5|10|0|0.5|1.0|1.5|2.0|2.5|3.0|time, s|"
        "0|2|4|6|8|10|12|14|16|18|20|events, thousands|training loss|");
}

TEST_CASE("a loss that is negative somewhere is on a linear axis") {
  History history;
  history.rows = {row(3, missing, 1, 1), row(-1, missing, 2, 2)};
  const std::string svg = plotted(history);
  CHECK(lines_of(svg).front() == "170.0,6.6 333.2,213.4");
  CHECK(texts_of(svg).front() == "loss");
}

TEST_CASE("curves whose names end in the same word share a panel") {
  History history;
  history.rows = {row(2, 0.5, 10, 1), row(1, 0.7, 20, 2)};
  history.add("AUC", {{10, 1, 0.8}, {20, 2, 0.9}});
  history.add("validation loss", {{10, 1, 4}, {20, 2, 3}, {20, 2, 3.5, true}});
  const std::string svg = plotted(history);
  const auto lines = lines_of(svg);  // two panels for each of loss, accuracy and AUC
  REQUIRE(lines.size() == 8);
  CHECK(lines[0] == "170.0,110.0 333.2,213.4");  // 2 is in the middle of 1 and 4
  CHECK(lines[1].starts_with("170.0,6.6 "));
  CHECK(found(svg, "(<circle )").size() == 2);  // the returned value
  const auto texts = texts_of(svg);
  const std::vector<std::string> legend{"training loss", "validation loss",
                                        "○  value of the result"};
  CHECK(std::ranges::search(texts, legend).size() == 3);
  CHECK(std::ranges::count(texts, "training accuracy") == 1);
  CHECK(std::ranges::count(texts, "AUC") == 2);  // title and legend
}

TEST_CASE("a long curve is its means over 100 stretches") {
  History history;
  for (std::uint64_t i = 1; i <= 1000; ++i)
    history.rows.push_back(row(missing, static_cast<double>(i % 10), i, static_cast<double>(i)));
  const std::vector<detail::Curve> curves = detail::curves_of(history);
  REQUIRE(curves.size() == 1);
  REQUIRE(curves[0].values.size() == 100);
  for (std::size_t i = 0; i < 100; ++i) {
    CHECK(curves[0].values[i] == doctest::Approx(4.5));
    CHECK(curves[0].events[i] == doctest::Approx(10 * static_cast<double>(i) + 5.5));
  }
}

TEST_CASE("a plot without values says so, and one value is a circle") {
  for (const double value : {missing, infinity}) {
    History history;
    history.rows = {row(value, missing, 1, 1)};
    const std::string svg = plotted(history);
    CHECK(svg == plotted(History{}));
    CHECK(std::ranges::count(texts_of(svg), "no values") == 2);
  }
  History one;
  one.rows = {row(0.5, missing, 32, 0), row(missing, missing, 64, 1)};
  const std::string svg = plotted(one);
  CHECK(found(svg, "cx=\"([^\"]*)\"") == std::vector<std::string>{"6.8", "333.2"});
  CHECK(found(svg, "cy=\"([^\"]*)\"") == std::vector<std::string>{"110.0", "110.0"});
}

TEST_CASE("a plot of any values is XML with numbers inside the picture") {
  History wide, tiny, narrow;
  for (int i = 0; i < 300; ++i) {
    const auto events = std::uint64_t{1} << (i / 5);
    wide.rows.push_back(row(i % 7 == 0 ? missing : std::pow(10, 2 * i - 300),
                            (i % 2 == 0 ? 1.0 : -1.0) * std::pow(10, i), events,
                            std::pow(10, i / 30)));
    tiny.rows.push_back(row(5e-324, -5e-324, 1, 1e-300));
    narrow.rows.push_back(row(1e9 + i * 1e-7, 1 + i * 1e-16, ~std::uint64_t{0}, 1e300));
  }
  wide.rows.push_back(row(std::numeric_limits<double>::max(), infinity, 1, missing));
  wide.rows.push_back(row(0, std::numeric_limits<double>::lowest(), 1, -1));
  wide.add("a<b> & \"c\" 精度", {{1, 1, 0}, {2, 2, 0}});
  for (const History* history : {&wide, &tiny, &narrow}) {
    const std::string svg = plotted(*history);
    CHECK(is_well_formed(svg));
    CHECK(found(svg, "(nan|inf)").empty());
    for (const std::string& number : found(svg, "[\", ](-?[0-9]+\\.[0-9])[\", ]"))
      CHECK(std::abs(std::stod(number)) < 5000);
  }
}

TEST_CASE("ticks are round numbers with the digits that differ") {
  using Texts = std::vector<std::string>;
  const auto linear = [](double low, double high) {
    return labels(detail::linear_ticks(low, high));
  };
  CHECK(linear(0, 1) == Texts{"0", "0.2", "0.4", "0.6", "0.8", "1.0"});
  CHECK(linear(-30, 25) == Texts{"-30", "-20", "-10", "0", "10", "20"});
  CHECK(linear(1e6, 1e6 + 5).front() == "1.000000e+06");
  CHECK(linear(2e-9, 9e-9) ==
        Texts{"2e-09", "3e-09", "4e-09", "5e-09", "6e-09", "7e-09", "8e-09", "9e-09"});
  const auto logarithmic = [](double low, double high) {
    return labels(detail::logarithmic_ticks(low, high));
  };
  CHECK(logarithmic(0.3, 3) == Texts{"0.3", "0.4", "0.5", "0.6", "0.8", "1", "2", "3"});
  CHECK(logarithmic(0.5, 20) == Texts{"0.5", "1", "2", "5", "10", "20"});
  CHECK(logarithmic(1e-3, 1e3) == Texts{"0.001", "0.01", "0.1", "1", "10", "100", "1000"});
  CHECK(logarithmic(0.31, 0.36) == Texts{"0.31", "0.32", "0.33", "0.34", "0.35", "0.36"});
  for (const double low : {1e-300, 1e-9, 1.0})
    for (const double factor : {1.01, 2.0, 7.0, 1e3, 1e20, 1e300}) {
      CHECK(linear(low, factor * low).size() >= 5);
      CHECK(logarithmic(low, factor * low).size() >= 3);
      CHECK(logarithmic(low, factor * low).size() <= 14);
    }
}

TEST_CASE("a comparison has a color for each name and dashes for each variant") {
  History history;
  history.rows = {row(2, missing, 10, 1), row(1, missing, 20, 2)};
  const std::string svg = plotted(std::vector<PlottedRun>{{"single", "", &history},
                                                          {"easgd", "τ=5", &history},
                                                          {"adag", "τ=5", &history},
                                                          {"easgd", "τ=32", &history}});
  CHECK(found(svg, "<line class=\"curve ([^/]*) x1") ==
        std::vector<std::string>{"color0\"", "color1\" stroke-dasharray=\"8 3\"",
                                 "color2\" stroke-dasharray=\"8 3\"",
                                 "color1\" stroke-dasharray=\"3 3\""});
  const auto texts = texts_of(svg);
  const std::vector<std::string> legend{"single", "easgd τ=5", "adag τ=5", "easgd τ=32"};
  CHECK(std::ranges::search(texts, legend).size() == 4);
  CHECK(texts.front() == "training loss, logarithmic");
}

TEST_CASE("in a comparison a loss that diverges does not squeeze the others") {
  History good, bad;
  good.rows = {row(4, missing, 10, 1), row(1, missing, 20, 2)};
  bad.rows = {row(4, missing, 10, 1), row(1e30, missing, 20, 2)};
  const auto lines = lines_of(plotted(std::vector<PlottedRun>{{.name = "good", .history = &good},
                                                              {.name = "bad", .history = &bad}}));
  CHECK(lines[0] == "170.0,6.6 333.2,213.4");
  CHECK(lines[1].starts_with("170.0,6.6 333.2,-"));  // leaves the panel at its top
  CHECK(lines_of(plotted(bad))[0] == "170.0,213.4 333.2,6.6");
}

TEST_CASE("a plot that cannot be saved is an error that says why") {
  const test::TemporaryFolder folder;
  const std::string png = (folder.path / "loss.png").string();
  CHECK_THROWS_WITH_AS(save_plot(png, History{}),
                       (png + ": found the extension '.png', expected .svg").c_str(), FileError);
  const std::string nowhere = (folder.path / "no" / "loss.svg").string();
  CHECK_THROWS_WITH_AS(save_plot(nowhere, History{}),
                       (nowhere + ": cannot be written: No such file or directory").c_str(),
                       FileError);
  const auto compare = [&](const PlottedRun& run) {
    save_plot(folder.path / "loss.svg", std::vector<PlottedRun>{run});
  };
  const History history;
  CHECK_THROWS_WITH_AS(compare({"a", "", nullptr}),
                       "PlottedRun::history = nullptr, must be a history", std::invalid_argument);
  CHECK_THROWS_AS(compare({"a\1", "", &history}), std::invalid_argument);
  CHECK_THROWS_AS(compare({"a", "\xff", &history}), std::invalid_argument);
  CHECK(std::filesystem::is_empty(folder.path));
}
