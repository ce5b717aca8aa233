// What it costs two threads of one process to train W1 together at batch 32, by each kind of
// exchange, against two that never exchange.

#include <string>
#include <vector>

#include "contest.hpp"
#include "w1.hpp"

using namespace tributary;

int main(int argc, char** argv) {
  const Events data = w1::noise(32 * 640);
  std::vector<Contestant> contestants;
  const auto add = [&](const std::string& rule_name, const auto& rule) {
    const auto rate = [&data, rule] {
      const RunReport report = Trainer{w1::net(), InProcess{.workers = 2}, rule, w1::optimizer}
                                   .train(data, {.batch_size = 32})
                                   .report;
      return static_cast<double>(report.events) / report.seconds;
    };
    contestants.push_back(
        {"W1", "two workers, batch 32", "Tributary's " + rule_name, "samples", rate});
  };
  add("Independent", Independent{.period = one_epoch});
  add("Easgd, window 32", Easgd{.period = 32});
  add("Downpour, window 5", Downpour{.period = 5});
  add("Averaging, window 5", Averaging{.period = 5});
  add("SynchronousSgd", SynchronousSgd{});
  add("Hogwild, window 5", Hogwild{.period = 5});
  add("Downpour, window 1", Downpour{.period = 1});
  add("Hogwild, window 1", Hogwild{.period = 1});
  return contest(argc, argv, contestants);
}
