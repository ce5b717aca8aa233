// One core that trains W1: the steps of a worker alone, and all that Trainer does. Built several
// times, with flags that users have.

#include <numeric>
#include <string>
#include <vector>

#include "contest.hpp"
#include "w1.hpp"

using namespace tributary;

/// Draw a batch, take the gradient, let Adagrad step. Events a second.
static auto steps(const Events& data, int batch_size) {
  auto net = w1::net();
  net.reseed(Seed{1});
  Vector<float> parameters(net.parameter_count());
  Rng rng = Seed{1}.rng();
  net.initialize(parameters, rng);
  std::vector<std::size_t> rows(data.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  const std::size_t count = rows.size() / static_cast<std::size_t>(batch_size);
  return [batch_size, net, parameters, gradient = parameters,
          stepper = w1::optimizer.make_stepper<float>(parameters),
          batches = ShuffledBatches{data, rows, count, Seed{1}}]() mutable {
    const auto step = [&] {
      net.loss_and_gradient(parameters, batches.next(), gradient);
      stepper.apply(parameters, gradient);
    };
    return calls_per_second(step, 0.2) * batch_size;
  };
}

static auto trainer(const Events& data, int batch_size) {
  return [&data, batch_size] {
    const RunReport report =
        Trainer{w1::net(), InProcess{.workers = 1}, Independent{}, w1::optimizer}
            .train(data, {.batch_size = batch_size})
            .report;
    return static_cast<double>(report.events) / report.seconds;
  };
}

int main(int argc, char** argv) {
  const Events data = w1::noise(12'288);
  const char* const variant = BENCHMARK_VARIANT;
  std::vector<Contestant> contestants;
  for (const int batch_size : {32, 256, 1024}) {
    const std::string task = "one worker, batch " + std::to_string(batch_size);
    const Cost cost = gigaflop(w1::gigaflop_per_sample);
    contestants.push_back({"W1", task, std::string{"Tributary's steps"} + variant, "samples",
                           steps(data, batch_size), cost});
    contestants.push_back({"W1", task, std::string{"Tributary's Trainer"} + variant, "samples",
                           trainer(data, batch_size), cost});
  }
  return contest(argc, argv, contestants);
}
