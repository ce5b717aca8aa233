#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <tributary/tributary.hpp>
#include <utility>

#include "study.hpp"

/// Test accuracy of the center, each time that the events seen have grown by a fifth.
template <class M>
struct Watch {
  const M& net;
  const tributary::Events& test;
  std::vector<Point>& curve;
  double next_events = 1000;

  void on(const tributary::Merged<float>& m) {
    if (static_cast<double>(m.events) < next_events) return;
    next_events = 1.2 * static_cast<double>(m.events);
    curve.push_back({m.seconds, accuracy(net.predict(m.center, test.features), test)});
  }
};

/// The run of a job, whatever the net.
template <class M>
Run train(const M& net, const Job& job, const Data& data, std::stop_token stop) {
  using namespace tributary;
  Run run{.job = job};
  const auto with = [&](const auto&... policies) {
    const Simulated transport{.workers = job.workers,
                              .step_time = setting::step_time,
                              .link = setting::network,
                              .seed = Seed{job.seed}};
    const Trainer trainer{net, transport, policies...};
    const TrainOptions options{.epochs = job.epochs,
                               .batch_size = setting::batch_size,
                               .seed = Seed{job.seed},
                               .stop = stop};
    Watch<M> watch{net, data.test, run.curve, job.watch ? 1000 : HUGE_VAL};
    const auto start = std::chrono::steady_clock::now();
    try {
      const auto trained = trainer.train(data.training, options, watch);
      run.accuracy = accuracy(predict(trained, data.test), data.test);
      run.seconds = trained.report.seconds;
      run.mean_staleness = trained.report.mean_staleness;
    } catch (const TrainingDiverged&) {
      run.diverged = true;
    }
    const std::chrono::duration<double> cost = std::chrono::steady_clock::now() - start;
    run.cost_seconds = cost.count();
  };

  if (job.series == "adag") {
    with(Adag{.period = job.window}, setting::adam);
  } else if (job.series == "downpour") {
    with(Downpour{.period = job.window}, setting::adam);
  } else if (job.series == "downpour-sgd") {
    with(Downpour{.period = job.window}, setting::sgd);
  } else if (job.series == "aeasgd") {
    with(Easgd{.period = job.window}, setting::adam);
  } else if (job.series == "eamsgd") {
    Eamsgd rule = setting::eamsgd;
    rule.period = job.window;
    with(rule);
  } else if (job.series == "averaging") {
    with(Averaging{.period = job.window}, setting::adam);
  } else {
    throw std::logic_error{"no such series: " + job.series};
  }
  return run;
}
