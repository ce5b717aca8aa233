#include <doctest/doctest.h>

#include <stdexcept>
#include <stop_token>

#include "support/problems.hpp"
#include "support/rules.hpp"

using namespace tributary;
using namespace tributary::test;

TEST_CASE("a divergence is an error, not a silent NaN") {
  CHECK_THROWS_WITH_AS(
      (Trainer{NoisyQuadratic{}, InProcess{}, Averaging{}, Sgd{.learning_rate = 1e3}}.train(
          Noise{.rows = 1000}, {.batch_size = 1})),
      doctest::Contains("training diverged: the loss of worker 0 is inf at its step"),
      TrainingDiverged);
}

TEST_CASE("a run that was stopped before it began returns its initial parameters") {
  std::stop_source source;
  source.request_stop();
  const auto trained =
      Trainer{LinearModel<float>{}, InProcess{.workers = 2}, Averaging{}, Sgd{}}.train(
          line<float>(300), {.epochs = 1'000'000, .stop = source.get_token()});
  CHECK(trained.report.steps == 0);
  CHECK(trained.parameters().allFinite());
}

namespace {
/// Acts by the script at a given step of one worker.
struct Scripted : LinearModel<float> {
  int throw_at = 0;
  int stop_at = 0;
  std::stop_source stop = {};
  int steps = 0;
  Loss loss_and_gradient(ConstView<float> at, const Batch& batch, View<float> gradient) {
    ++steps;
    if (steps == throw_at) throw std::runtime_error{"event store lost"};
    if (steps == stop_at) stop.request_stop();
    return LinearModel<float>::loss_and_gradient(at, batch, gradient);
  }
};
struct Disk {
  std::uint64_t full_at = 0;
  std::uint64_t merges = 0;
  void on(const Merged<float>& m) {
    merges = m.version;
    if (m.version == full_at) throw std::runtime_error{"disk full"};
  }
};

template <class Rule, class... Optimizer>
void ends_well(const Rule& rule, const Optimizer&... optimizer) {
  const auto data = line<float>(300);
  const auto train = [&](const Scripted& model, Disk& disk) {
    const TrainOptions forever{
        .epochs = 1'000'000'000, .batch_size = 8, .stop = model.stop.get_token()};
    return Trainer{model, InProcess{.workers = 3}, rule, optimizer...}.train(data, forever, disk);
  };
  Disk disk;
  Scripted failing;
  failing.throw_at = 5;
  CHECK_THROWS_WITH(train(failing, disk), "event store lost");

  if (rule.period < 1000) {
    Disk full{.full_at = 3};
    CHECK_THROWS_WITH(train(Scripted{}, full), "disk full");
    CHECK(full.merges == 3);
  }

  Scripted interrupting;
  interrupting.stop_at = 101;
  const auto trained = train(interrupting, disk);
  CHECK(trained.report.steps >= 101);
  CHECK(trained.report.steps < 1'000'000);
  CHECK(trained.report.events >= 101 * 7);
  CHECK(trained.report.merges == disk.merges);
  for (const auto& member : trained.members) CHECK(line_error(member) < 3);
}
}  // namespace

TEST_CASE("an exception or a requested stop ends the run of every asynchronous rule at once") {
  ends_well(Independent{.period = 1'000'000'000}, Sgd{});
  ends_well(Independent{}, Sgd{});
  ends_well(Easgd{}, Sgd{});
  ends_well(Eamsgd{});
  ends_well(Downpour{}, Sgd{.learning_rate = 1e-3});
  ends_well(Adag{}, Sgd{});
  ends_well(DynSgd{}, Sgd{.learning_rate = 1e-3});
  ends_well(Ssp{}, Sgd{.learning_rate = 1e-3});
  ends_well(Hogwild{}, Sgd{.learning_rate = 1e-3});
}

TEST_CASE("an exception or a requested stop ends the run of every synchronous rule at once") {
  ends_well(Averaging{.period = 2, .overlap = 1}, Sgd{});
  ends_well(Averaging::every_epoch(), Sgd{});
  ends_well(SynchronousSgd{}, Sgd{});
  ends_well(SynchronousEasgd{}, Sgd{});
}
