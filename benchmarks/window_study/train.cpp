#include <chrono>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <tributary/metrics/accuracy.hpp>
#include <tributary/model/curvature.hpp>
#include <tributary/rule/adag.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/rule/easgd.hpp>
#include <tributary/rule/stability.hpp>
#include <tributary/trainer/predict.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/simulated.hpp>
#include <utility>

#include "study.hpp"

using namespace tributary;

namespace {
/// Test accuracy of the center, each time that the events seen have grown by a fifth.
struct Watch {
  const Net& net;
  const Events& test;
  std::vector<Point>& curve;
  double next_events = 1000;

  void on(const Merged<float>& m) {
    if (static_cast<double>(m.events) < next_events) return;
    next_events = 1.2 * static_cast<double>(m.events);
    curve.push_back({m.seconds, accuracy(net.predict(m.center, test.features), test)});
  }
};

/// See tributary/rule/stability.hpp, which gives the figure only if it is above the bound.
Forecast forecast(const Downpour& rule, int workers, const QuadraticModel& model) {
  const auto advice = advise(rule, workers, model);
  return {.figure = 1 - std::pow(1 - model.learning_rate * model.curvature, rule.period),
          .bound = 2 * std::sin(std::numbers::pi / (2 * (2 * workers - 1))),
          .advice = advice.empty() ? "" : advice.front().message};
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

double initial_curvature(const Net& net, const Data& data, std::uint64_t seed) {
  Vector<float> start(net.parameter_count());
  Rng rng = Seed{seed}.derive(Stream::initialization).rng();  // as Trainer draws it
  net.initialize(start, rng);
  return largest_curvature(net, data.training, start, {.tolerance = 1e-3});
}

Run train(const Net& net, const Job& job, const Data& data, double curvature,
          std::stop_token stop) {
  Run run{.job = job};
  const double bytes = static_cast<double>(net.parameter_count()) * sizeof(float);
  const Simulated<LogNormalStep> transport{
      .workers = job.workers,
      .step_time = setting::step_time,
      .link = setting::network,
      .seed = Seed{job.seed},
      .merge_seconds = bytes / setting::merge_bytes_per_second};
  const auto with = [&](const auto&... policies) {
    const Trainer trainer{net, transport, policies...};
    const TrainOptions options{.epochs = job.epochs,
                               .batch_size = setting::batch_size,
                               .seed = Seed{job.seed},
                               .stop = stop};
    Watch watch{net, data.test, run.curve, job.watch ? 1000 : HUGE_VAL};
    const auto start = std::chrono::steady_clock::now();
    try {
      const auto trained = trainer.train(data.training, options, watch);
      run.accuracy = accuracy(predict(trained, data.test), data.test);
      run.seconds = trained.report.seconds;
      run.mean_staleness = trained.report.mean_staleness;
      run.waiting_share = trained.report.waiting_share;
      if (job.watch) run.curve.push_back({run.seconds, run.accuracy});
    } catch (const TrainingDiverged&) {
      run.diverged = true;
    }
    const std::chrono::duration<double> cost = std::chrono::steady_clock::now() - start;
    run.cost_seconds = cost.count();
  };

  const int window = job.window;
  if (job.series == "adag") {
    with(Adag{.period = window}, setting::adam);
  } else if (job.series == "aeasgd") {
    with(Easgd{.period = window}, setting::adam);
  } else if (job.series == "eamsgd") {
    Eamsgd rule = setting::eamsgd;
    rule.period = window;
    with(rule);
  } else if (job.series == "averaging") {
    with(Averaging{.period = window}, setting::adam);
  } else if (job.series == "downpour-sgd") {
    const Downpour rule{.period = window};
    run.forecast = forecast(rule, job.workers,
                            {.learning_rate = setting::sgd.learning_rate, .curvature = curvature});
    with(rule, setting::sgd);
  } else if (job.series == "downpour-adam") {
    with(Downpour{.period = window}, setting::adam);
  } else {
    throw std::logic_error{"no such series: " + job.series};
  }
  return run;
}
