// Threads of one process that merge under a lock (Downpour), at the same time by atomic additions
// (Hogwild), or not at all (Independent, the bound): W1, 30-500-500-2, batch 32, two workers.
// Prints medians of seven rounds, each of which runs all of them.

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <tributary/tributary.hpp>
#include <vector>

using namespace tributary;

static Events noise(Index events) {
  Events data{.features = Matrix<float>(30, events)};
  Rng rng = Seed{1}.rng();
  for (float& x : data.features.reshaped()) x = static_cast<float>(normal(rng));
  for (Index i = 0; i < events; ++i) data.labels.push_back(static_cast<int>(i) % 2);
  return data;
}

int main() {
  const Sequential net{Dense<30, 500>{}, Relu{},          Dropout{.rate = 0.4f}, Dense<500, 500>{},
                       Relu{},           Dense<500, 2>{}, SoftmaxCrossEntropy{}};
  const Events data = noise(32 * 800);
  const auto events_per_second = [&](const auto& rule) {
    const RunReport report =
        Trainer{net, InProcess{.workers = 2}, rule, Adagrad{.learning_rate = 1e-3}}
            .train(data, {.batch_size = 32})
            .report;
    return static_cast<double>(report.events) / report.seconds;
  };
  struct Contestant {
    std::string name;
    std::function<double()> run;
    std::vector<double> speeds = {};
  };
  std::vector<Contestant> all{
      {"independent", [&] { return events_per_second(Independent{}); }},
      {"Downpour, window 1", [&] { return events_per_second(Downpour{.period = 1}); }},
      {"Hogwild, window 1", [&] { return events_per_second(Hogwild{.period = 1}); }},
      {"Downpour, window 5", [&] { return events_per_second(Downpour{.period = 5}); }},
      {"Hogwild, window 5", [&] { return events_per_second(Hogwild{.period = 5}); }}};
  for (int round = 0; round < 7; ++round) {
    for (Contestant& each : all) each.speeds.push_back(each.run());
  }
  const auto median = [](Contestant& each) {
    std::ranges::nth_element(each.speeds, each.speeds.begin() + 3);
    return each.speeds[3];
  };
  const double bound = median(all[0]);
  for (Contestant& each : all) {
    std::printf("%-20s %8.0f events/s  %.2f of independent workers\n", each.name.c_str(),
                median(each), median(each) / bound);
  }
}
