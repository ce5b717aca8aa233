#include <tributary/observe/json.hpp>

#include "report.hpp"

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
