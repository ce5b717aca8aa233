// What would a cluster give? This program measures the steps of a net here and plays them on clusters
// of 1 to 64 workers, in virtual time and with real gradients. To look at the run of 16 workers in
// https://ui.perfetto.dev, give it the name of a file for the trace.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <numbers>
#include <tributary/core/file.hpp>
#include <tributary/observe/json.hpp>
#include <tributary/tributary.hpp>

using namespace tributary;

/// Two rings, of radius 1 and 2.
static Events rings(Index events) {
  Events data{.features = Matrix<float>(2, events)};
  Rng rng = Seed{1}.rng();
  for (Index i = 0; i < events; ++i) {
    const double angle = 2 * std::numbers::pi * uniform(rng);
    const double radius = 1.0 + static_cast<double>(i % 2) + 0.2 * normal(rng);
    data.features.col(i) << static_cast<float>(radius * std::cos(angle)),
        static_cast<float>(radius * std::sin(angle));
    data.labels.push_back(static_cast<int>(i % 2));
  }
  return data;
}

int main(int argc, char** argv) try {
  const auto [training, test] = split(rings(40'000), 0.8);
  const Sequential net{Dense<2, 64>{}, Relu{},         Dense<64, 64>{},
                       Relu{},         Dense<64, 2>{}, SoftmaxCrossEntropy{}};
  const Downpour rule{.period = 5};
  const Sgd optimizer{.learning_rate = 0.02};
  const TrainOptions options{.epochs = 2, .batch_size = 16, .seed = Seed{3}};

  Timeline measured;
  Trainer{net, InProcess{.workers = 1}, rule, optimizer}.train(training, options, measured);
  const TraceStep steps = TraceStep::of(measured);

  // The curvature of the loss where training begins, and is steepest, says whether a rule may diverge.
  Vector<float> start(net.parameter_count());
  Rng rng = Seed{3}.rng();
  net.initialize(start, rng);
  const double curvature = largest_curvature(net, training, start);

  std::printf("workers  virtual s  accuracy  waiting  staleness  advice\n");
  bool learned = false;
  for (const int workers : {1, 2, 4, 8, 16, 32, 64}) {
    const Simulated cluster{.workers = workers,
                            .step_time = steps,
                            .link = {.latency_seconds = 50e-6,
                                     .bytes_per_second = 1.25e9,
                                     .sharing = Link::Sharing::shared},
                            .merge_seconds = 5e-6};
    Timeline timeline;
    const auto trained = Trainer{net, cluster, rule, optimizer}.train(training, options, timeline);
    const RunReport& report = trained.report;
    const double reached = accuracy(predict(trained, test), test);
    const auto advice = advise(rule, workers, {.learning_rate = 0.02, .curvature = curvature});
    std::printf("%7d  %9.4f  %8.3f  %5.0f %%  %9.1f  %s\n", workers, report.seconds, reached,
                100 * report.waiting_share, report.mean_staleness,
                advice.empty() ? "" : advice[0].message.c_str());
    if (workers == 8) learned = reached > 0.98;
    if (workers == 16 && argc > 1) write_file_atomically(argv[1], chrome_trace(timeline).dump());
  }
  return learned ? EXIT_SUCCESS : EXIT_FAILURE;
} catch (const std::exception& error) {
  std::fprintf(stderr, "simulate_a_cluster: %s\n", error.what());
  return 2;
}
