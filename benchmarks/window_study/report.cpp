#include "report.hpp"

#include <algorithm>
#include <chrono>
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
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d", &utc);
  return text;
}

#ifdef __clang__
const std::string compiler = __VERSION__;
#else
const std::string compiler = "g++ " __VERSION__;
#endif

nlohmann::json settings_json(const Setting& common) {
  using namespace setting;
  return {{"net", common.net},
          {"data", common.data},
          {"seed", common.seed},
          {"target_accuracy", common.target},
          {"batch_size", batch_size},
          {"adam", {{"learning_rate", adam.learning_rate}}},
          {"sgd", {{"learning_rate", sgd.learning_rate}}},
          {"eamsgd", {{"learning_rate", eamsgd.learning_rate}, {"momentum", eamsgd.momentum}}},
          {"alpha", "0.9 / workers"},
          {"step_time",
           {{"median_seconds", step_time.median_seconds}, {"lognormal_sigma", step_time.sigma}}},
          {"link",
           {{"latency_seconds", network.latency_seconds},
            {"bytes_per_second", network.bytes_per_second}}}};
}

/// The runs of each series at each place on the axis, the seeds together.
template <class Line>
std::string blocks(const std::vector<Run>& runs, int Job::*axis, Line line) {
  std::ostringstream text;
  for (const Series& series : every_series) {
    std::map<int, std::vector<const Run*>> places;
    for (const Run& run : runs) {
      if (run.job.series == series.name) places[run.job.*axis].push_back(&run);
    }
    if (places.empty()) continue;
    text << "# " << series.name << '\n';
    for (const auto& [place, here] : places) {
      const auto mean = [&](auto value) {
        double sum = 0;
        for (const Run* run : here) sum += value(*run);
        return sum / static_cast<double>(here.size());
      };
      const auto [least, greatest] =
          std::ranges::minmax(here, {}, [](const Run* run) { return run->accuracy; });
      text << place << ' ' << mean([](const Run& run) { return run.accuracy; }) << ' '
           << least->accuracy << ' ' << greatest->accuracy << ' '
           << mean([](const Run& run) { return run.diverged ? NAN : run.seconds; }) << ' '
           << mean(line) << '\n';
    }
    text << "\n\n";
  }
  return text.str();
}
}  // namespace

std::optional<double> Run::seconds_to(double target) const {
  Point before{0, 0};
  for (const Point& point : curve) {
    if (point.accuracy >= target) {
      const double share = (target - before.accuracy) / (point.accuracy - before.accuracy);
      return before.seconds + share * (point.seconds - before.seconds);
    }
    before = point;
  }
  return std::nullopt;
}

std::string runs_json(const std::vector<Run>& runs, const Setting& setting) {
  nlohmann::json list = nlohmann::json::array();
  for (const Run& run : runs) {
    nlohmann::json row{{"series", run.job.series},
                       {"window", run.job.window},
                       {"workers", run.job.workers},
                       {"epochs", run.job.epochs},
                       {"seed", run.job.seed},
                       {"accuracy", run.accuracy},
                       {"diverged", run.diverged},
                       {"virtual_seconds", run.seconds},
                       {"mean_staleness", run.mean_staleness},
                       {"cost_seconds", run.cost_seconds}};
    if (run.job.watch) {
      const auto seconds = run.seconds_to(setting.target);
      row["seconds_to_target"] = seconds ? nlohmann::json(*seconds) : nlohmann::json();
      nlohmann::json curve = nlohmann::json::array();
      for (const Point& point : run.curve) curve.push_back({point.seconds, point.accuracy});
      row["curve"] = std::move(curve);
    }
    list.push_back(std::move(row));
  }
  return nlohmann::json{{"host", cpu()},
                        {"compiler", compiler},
                        {"flags", WINDOW_STUDY_FLAGS},
                        {"date", today()},
                        {"setting", settings_json(setting)},
                        {"runs", list}}
             .dump(1) +
         "\n";
}

std::string window_table(const std::vector<Run>& runs) {
  return "# window accuracy least greatest seconds diverged\n" +
         blocks(runs, &Job::window, [](const Run& run) { return run.diverged ? 1.0 : 0.0; });
}

std::string worker_table(const std::vector<Run>& runs, double target) {
  return "# workers accuracy least greatest seconds seconds_to_target\n" +
         blocks(runs, &Job::workers,
                [&](const Run& run) { return run.seconds_to(target).value_or(NAN); });
}

std::string summary_line(const Run& run) {
  char text[160];
  std::snprintf(text, sizeof text,
                "%-13s window %2d  %3d workers  accuracy %.4f  %8.2f virtual s  %5.1f s%s",
                run.job.series.c_str(), run.job.window, run.job.workers, run.accuracy, run.seconds,
                run.cost_seconds, run.diverged ? "  diverged" : "");
  return text;
}
