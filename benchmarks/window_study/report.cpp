#include "report.hpp"

#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

namespace {
std::string cpu() {
  std::ifstream file{"/proc/cpuinfo"};
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d", std::gmtime(&now));
  return text;
}

#ifdef __clang__
constexpr const char* compiler = __VERSION__;
#else
constexpr const char* compiler = "g++ " __VERSION__;
#endif

nlohmann::json setting_json(const Setting& common) {
  using namespace setting;
  nlohmann::json optimizers{
      {"Adam", {{"learning_rate", adam.learning_rate}}},
      {"SGD", {{"learning_rate", sgd.learning_rate}}},
      {"Nesterov", {{"learning_rate", eamsgd.learning_rate}, {"momentum", eamsgd.momentum}}}};
  nlohmann::json series;
  for (const Series& one : every_series) series[one.name] = one.optimizer;
  return {{"net", common.net},
          {"parameters", common.parameters},
          {"data", common.data},
          {"seed", common.seed},
          {"batch_size", batch_size},
          {"optimizers", optimizers},
          {"series", series},
          {"moving_rate_alpha", "0.9 / workers"},
          {"initial_curvature", common.curvature},
          {"target_accuracy", common.target},
          {"step_seconds", {{"median", step_time.median_seconds}, {"sigma", step_time.sigma}}},
          {"shared_link",
           {{"latency_seconds", network.latency_seconds},
            {"bytes_per_second", network.bytes_per_second}}},
          {"merge_bytes_per_second", merge_bytes_per_second}};
}

nlohmann::json run_json(const Run& run, double target) {
  nlohmann::json row{{"series", run.job.series},           {"window", run.job.window},
                     {"workers", run.job.workers},         {"epochs", run.job.epochs},
                     {"accuracy", run.accuracy},           {"diverged", run.diverged},
                     {"virtual_seconds", run.seconds},     {"mean_staleness", run.mean_staleness},
                     {"waiting_share", run.waiting_share}, {"cost_seconds", run.cost_seconds}};
  if (run.forecast) {
    row["forecast"] = {{"figure", run.forecast->figure},
                       {"bound", run.forecast->bound},
                       {"advice", run.forecast->advice}};
  }
  if (run.job.watch) {
    const auto seconds = run.seconds_to(target);
    row["seconds_to_target"] = seconds ? nlohmann::json(*seconds) : nlohmann::json();
    for (const Point& point : run.curve) row["curve"].push_back({point.seconds, point.accuracy});
  }
  return row;
}

/// The run of each series at each place on the axis.
using Grid = std::map<int, std::map<std::string, const Run*>>;
Grid grid(const std::vector<Run>& runs, int Job::*axis) {
  Grid grid;
  for (const Run& run : runs) grid[run.job.*axis][run.job.series] = &run;
  return grid;
}

template <class Cell>
std::string table(const Grid& grid, const char* head, int width, Cell cell) {
  std::ostringstream text;
  const auto pad = [&](const std::string& what) {
    text << std::string(what.size() < static_cast<std::size_t>(width)
                            ? static_cast<std::size_t>(width) - what.size()
                            : 1,
                        ' ')
         << what;
  };
  text << head;
  for (const auto& [name, run] : grid.begin()->second) pad(name);
  text << '\n';
  for (const auto& [place, row] : grid) {
    char number[16];
    std::snprintf(number, sizeof number, "%7d", place);
    text << number;
    for (const auto& [name, run] : row) pad(cell(*run));
    text << '\n';
  }
  return text.str();
}

template <class... Numbers>
std::string format(const char* pattern, Numbers... numbers) {
  char text[256];
  std::snprintf(text, sizeof text, pattern, numbers...);
  return text;
}
}  // namespace

std::string runs_json(const std::vector<Run>& runs, const Setting& setting) {
  nlohmann::json rows = nlohmann::json::array();
  for (const Run& run : runs) rows.push_back(run_json(run, setting.target));
  return nlohmann::json{{"host", cpu()},
                        {"compiler", compiler},
                        {"flags", WINDOW_STUDY_FLAGS},
                        {"date", today()},
                        {"setting", setting_json(setting)},
                        {"runs", rows}}
             .dump() +
         "\n";
}

std::string plot_data(const std::vector<Run>& runs, int Job::*axis, double target) {
  std::ostringstream text;
  text << "# place accuracy seconds seconds_to_target\n";
  for (const Series& series : every_series) {
    text << "# " << series.name << '\n';
    for (const Run& run : runs) {
      if (run.job.series != series.name) continue;
      text << run.job.*axis << ' ' << run.accuracy << ' ' << (run.diverged ? NAN : run.seconds)
           << ' ' << run.seconds_to(target).value_or(NAN) << '\n';
    }
    text << "\n\n";
  }
  return text.str();
}

std::string window_table(const std::vector<Run>& runs) {
  std::string text = table(grid(runs, &Job::window), " window", 15, [](const Run& run) {
    return run.diverged ? "diverged" : format("%.3f, %5.1f s", run.accuracy, run.seconds);
  });
  text += "\nDOWNPOUR with SGD, forecast from the curvature at the start:\n";
  for (const Run& run : runs) {
    if (!run.forecast) continue;
    text += format("%7d  figure %.4f, bound %.4f: ", run.job.window, run.forecast->figure,
                   run.forecast->bound) +
            (run.forecast->advice.empty() ? "no objection" : "warned") + '\n';
  }
  return text;
}

std::string worker_table(const std::vector<Run>& runs, double target) {
  return table(grid(runs, &Job::workers), "workers", 18, [&](const Run& run) {
    const auto seconds = run.seconds_to(target);
    return (seconds ? format("%.2f s, ", *seconds) : "never, ") + format("%.3f", run.accuracy);
  });
}

std::string progress_line(const Run& run) {
  return format("%-13s window %2d  %3d workers  accuracy %.4f  %8.2f virtual s  %5.1f s%s",
                run.job.series.c_str(), run.job.window, run.job.workers, run.accuracy, run.seconds,
                run.cost_seconds, run.diverged ? "  diverged" : "");
}
