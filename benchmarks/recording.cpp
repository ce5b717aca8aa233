// The cost of a recording: W1 in threads, recorded and not, by turns.

#include <string>
#include <vector>

#include "contest.hpp"
#include "w1.hpp"

using namespace tributary;

/// Trains on all rows; events a second.
static auto trainer(const Events& data, int workers, const auto& rule, Recording* recording) {
  return [&data, workers, rule, recording] {
    History history;  // sees the center after each merge, as observers of usual runs do
    const RunReport report = Trainer{w1::net(), InProcess{.workers = workers}, rule, w1::optimizer}
                                 .train(data, {.batch_size = 32, .recording = recording}, history)
                                 .report;
    return static_cast<double>(report.events) / report.seconds;
  };
}

int main(int argc, char** argv) {
  const Events data = w1::noise(24'576);
  Recording recording;
  std::vector<Contestant> contestants;
  const auto add = [&](const std::string& task, int workers, const auto& rule) {
    const std::string all = std::to_string(workers) + " workers, " + task;
    contestants.push_back(
        {"recording", all, "not recorded", "samples", trainer(data, workers, rule, nullptr), {}});
    contestants.push_back(
        {"recording", all, "recorded", "samples", trainer(data, workers, rule, &recording), {}});
  };
  for (const int workers : {2, 4, 8}) {
    add("Easgd, period 10", workers, Easgd{});
    add("Downpour, period 5", workers, Downpour{});
  }
  return contest(argc, argv, contestants);
}
