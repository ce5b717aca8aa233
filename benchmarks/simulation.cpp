// The cost of a simulation beside its gradients, and the number of workers that fit into memory.
//
//   simulation                     the cost of an event, and of W1's gradient
//   simulation 1000                so many workers of 30-500-500-2 (267 002 parameters)
//   simulation 10000 small         of 16-64-32-32-5 (4 389 parameters)

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <tributary/tributary.hpp>

using namespace tributary;

static const Sequential w1{Dense<30, 500>{},     Relu{}, Dropout{.rate = 0.4f},
                           Dense<500, 500>{},    Relu{}, Dense<500, 2>{},
                           SoftmaxCrossEntropy{}};
static const Sequential small_net{Dense<16, 64>{}, Relu{}, Dense<64, 32>{}, Relu{},
                                  Dense<32, 32>{}, Relu{}, Dense<32, 5>{},  SoftmaxCrossEntropy{}};

static Events noise(Index events, Index features, int classes) {
  Events data{.features = Matrix<float>(features, events)};
  Rng rng = Seed{1}.rng();
  for (float& x : data.features.reshaped()) x = static_cast<float>(normal(rng));
  for (Index i = 0; i < events; ++i) data.labels.push_back(static_cast<int>(i) % classes);
  return data;
}

/// One parameter: there is almost nothing to compute, so the remaining time is the simulation's.
struct Nothing {
  using Scalar = float;
  using Batch = EventBatch<float>;
  Index parameter_count() const { return 1; }
  void initialize(View<float> x, Rng&) const { x.setZero(); }
  Loss loss_and_gradient(ConstView<float>, const Batch&, View<float> gradient) const {
    gradient.setZero();
    return 0;
  }
};

/// Seconds a step, the best of five runs, of as many steps in all for any number of workers.
template <class M>
static double seconds_a_step(const M& model, const Events& data, int workers, int batch_size,
                             int epochs) {
  const Trainer trainer{model,
                        Simulated{.workers = workers,
                                  .step_time = LogNormalStep{},
                                  .link = {.latency_seconds = 0.1, .jitter_seconds = 0.1}},
                        Downpour{.period = 1}, Sgd{.learning_rate = 1e-3}};
  double best = 1e9;
  for (int repeat = 0; repeat < 5; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    const auto report = trainer.train(data, {.epochs = epochs, .batch_size = batch_size}).report;
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    best = std::min(best, seconds.count() / static_cast<double>(report.steps));
  }
  return best;
}

template <class Net>
static void try_many(const Net& net, int workers, Index features, int classes) {
  constexpr int events_each = 64;
  const auto start = std::chrono::steady_clock::now();
  const RunReport report =
      Trainer{net,
              Simulated{.workers = workers,
                        .step_time = LogNormalStep{.median_seconds = 1e-3},
                        .link = {.latency_seconds = 1e-4, .bytes_per_second = 1.25e9},
                        .merge_seconds = 1e-4},
              Downpour{.period = 1}, Adagrad{.learning_rate = 1e-4}}
          .train(noise(Index{workers} * events_each, features, classes),
                 {.epochs = 2, .batch_size = 32})
          .report;
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::printf(
      "%d workers of %lld parameters: %llu steps in %.1f s, %.3f virtual; peak memory %.2f GB"
      ", %.1f vectors a worker\n",
      workers, static_cast<long long>(net.parameter_count()),
      static_cast<unsigned long long>(report.steps), seconds.count(), report.seconds,
      static_cast<double>(report.peak_memory_bytes) * 1e-9,
      static_cast<double>(report.peak_memory_bytes) /
          (4.0 * static_cast<double>(net.parameter_count()) * workers));
}

int main(int argc, char** argv) {
  if (argc > 1) {
    const int workers = std::atoi(argv[1]);
    if (argc > 2 && std::string{argv[2]} == "small") {
      try_many(small_net, workers, 16, 5);
    } else {
      try_many(w1, workers, 30, 2);
    }
    return 0;
  }
  const double gradient = seconds_a_step(w1, noise(32 * 200, 30, 2), 1, 32, 1);
  std::printf("a step of 30-500-500-2, batch 32: %.1f us\n", 1e6 * gradient);
  const Events few = noise(10'000, 1, 2);
  for (const int workers : {1, 10, 100, 1000, 10'000}) {
    const double event = seconds_a_step(Nothing{}, few, workers, 1, 20);
    std::printf("%5d workers: %.2f us a step and its exchange beside the gradient, %.2f %%\n",
                workers, 1e6 * event, 100 * event / gradient);
  }
  return 0;
}
