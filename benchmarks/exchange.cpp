// What it costs two threads of one process to train together: W1 (30-500-500-2, dropout, Adagrad,
// batch 32), by each kind of exchange, against two that never exchange. Every round runs all of
// them, as a machine's speed drifts; shares and costs are of one round, and the medians are printed.
// Usage: benchmark_exchange [rounds]

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <tributary/tributary.hpp>
#include <vector>

using namespace tributary;

namespace {
constexpr int batch_size = 32;

Events noise(Index events) {
  Events data{.features = Matrix<float>(30, events)};
  Rng rng = Seed{1}.rng();
  for (float& x : data.features.reshaped()) x = static_cast<float>(normal(rng));
  for (Index i = 0; i < events; ++i) data.labels.push_back(static_cast<int>(i) % 2);
  return data;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

struct Contestant {
  std::string name;
  int period;                            ///< Steps to an exchange.
  std::function<double()> step_seconds;  ///< One run.
  std::vector<double> seconds = {};      ///< One a round.
};
}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 15;
  const Sequential net{Dense<30, 500>{}, Relu{},          Dropout{.rate = 0.4f}, Dense<500, 500>{},
                       Relu{},           Dense<500, 2>{}, SoftmaxCrossEntropy{}};
  const Events data = noise(batch_size * 640);
  const auto contestant = [&](std::string name, const auto& rule) {
    return Contestant{std::move(name), rule.period, [&net, &data, rule] {
                        const RunReport report =
                            Trainer{net, InProcess{.workers = 2}, rule, Adagrad{}}
                                .train(data, {.batch_size = batch_size})
                                .report;
                        return 2 * report.seconds / static_cast<double>(report.steps);
                      }};
  };
  std::vector<Contestant> all{contestant("Independent", Independent{.period = one_epoch}),
                              contestant("Easgd", Easgd{.period = 32}),
                              contestant("Downpour", Downpour{.period = 5}),
                              contestant("Hogwild", Hogwild{.period = 5}),
                              contestant("Averaging", Averaging{.period = 5}),
                              contestant("Downpour", Downpour{.period = 1}),
                              contestant("Hogwild", Hogwild{.period = 1}),
                              contestant("SynchronousSgd", SynchronousSgd{})};
  for (int round = 0; round < rounds; ++round) {
    for (Contestant& each : all) each.seconds.push_back(each.step_seconds());
  }
  const std::vector<double>& alone = all.front().seconds;
  std::printf("%-16s %6s %10s %16s %12s\n", "rule", "period", "us a step", "of independent",
              "us exchange");
  for (const Contestant& each : all) {
    std::vector<double> shares, costs;
    for (std::size_t i = 0; i < alone.size(); ++i) {
      shares.push_back(alone[i] / each.seconds[i]);
      costs.push_back(1e6 * each.period * (each.seconds[i] - alone[i]));
    }
    std::printf("%-16s %6d %10.0f %16.3f %12.0f\n", each.name.c_str(), each.period,
                1e6 * median(each.seconds), median(shares), median(costs));
  }
}
