#include <tributary/trainer/trainer.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <map>
#include <stop_token>
#include <string>

#include "support/problems.hpp"
#include "support/rules.hpp"
#include <tributary/observe/history.hpp>
#include <tributary/observe/stop_at_loss.hpp>

using namespace tributary;
using namespace tributary::test;

namespace {
const TrainOptions options{.epochs = 5, .batch_size = 8, .seed = Seed{42}};
const LinearModel<float> model;

template <class... Policies>
Vector<double> fit(const Policies&... policies) {
  return Trainer{LinearModel<double>{}, policies...}.train(line<double>(300), options).parameters();
}
}  // namespace

TEST_CASE("one worker: what ALGORITHMS says is sequential training is so, bit for bit") {
  const Nesterov nesterov{.learning_rate = 0.05};
  const Sgd sgd{.learning_rate = 0.05};
  const Vector<double> sequential = fit(InProcess{}, Independent{}, nesterov);
  for (const int overlap : {0, 2}) {
    CHECK(sequential == fit(InProcess{}, Averaging{.period = 3, .overlap = overlap}, nesterov));
    const Vector<double> downpour =
        fit(InProcess{}, Downpour{.period = 3, .overlap = overlap}, nesterov);
    CHECK((sequential - downpour).norm() < 1e-12);
  }
  CHECK(sequential == fit(InProcess{}, Averaging::every_epoch(), nesterov));
  CHECK(fit(InProcess{}, Independent{}, sgd) == fit(InProcess{}, SynchronousSgd{}, sgd));
  CHECK(sequential != fit(InProcess{}, SynchronousEasgd{}, nesterov));  // the elastic differs
}

TEST_CASE("identities between rules, one worker") {
  const Sgd sgd{.learning_rate = 0.05};
  CHECK(fit(InProcess{}, Adag{.period = 1}, sgd) == fit(InProcess{}, Downpour{.period = 1}, sgd));
  CHECK(fit(InProcess{}, DynSgd{}, sgd) == fit(InProcess{}, Downpour{}, sgd));
  CHECK(fit(InProcess{}, Eamsgd{.learning_rate = 0.05, .momentum = 0}) ==
        fit(InProcess{}, Easgd{}, sgd));
  CHECK(fit(InProcess{}, Easgd{}, sgd) == fit(InProcess{}, SynchronousEasgd{}, sgd));
}

TEST_CASE("averaging every step with plain SGD is synchronous SGD, to rounding") {
  const Sgd sgd{.learning_rate = 0.05};
  for (const int workers : {2, 3, 8}) {
    const InProcess threads{.workers = workers};
    CHECK((fit(threads, Averaging{}, sgd) - fit(threads, SynchronousSgd{}, sgd)).norm() < 1e-12);
  }
}

TEST_CASE("an ensemble is its members, each on its share and from its own start") {
  const auto trained =
      Trainer{model, InProcess{.workers = 3}, Independent{.period = 1000}, Sgd{}}.train(
          line<float>(300), options);
  REQUIRE(trained.members.size() == 3);
  CHECK(trained.members[0] != trained.members[1]);
  CHECK(trained.report.merges == 3);
}

TEST_CASE("every step gets into a commit, also those of a short last cycle") {
  for (const int overlap : {0, 1, 3}) {
    const auto trained = Trainer{
        NoisyQuadratic{}, InProcess{}, Downpour{.period = 3, .overlap = overlap},
        Sgd{.learning_rate =
                0.5}}.train(Noise{.rows = 10}, {.batch_size = 1});
    CHECK(trained.parameters()[0] == std::ldexp(1.0, -10));
    CHECK(trained.report.merges == 4);
  }
}

namespace {
/// Notes which rows it is shown.
struct Rows {
  using Batch = std::vector<std::size_t>;
  std::size_t count = 0;
  std::size_t size() const { return count; }
  void gather(std::span<const std::size_t> rows, Batch& out) const {
    out.assign(rows.begin(), rows.end());
  }
};
struct Counter {
  using Scalar = double;
  using Batch = Rows::Batch;
  std::size_t rows = 0;

  Index parameter_count() const { return static_cast<Index>(rows); }
  void initialise(View<double> x, Rng&) const { x.setZero(); }
  Loss loss_and_gradient(ConstView<double>, const Batch& batch, View<double> gradient) const {
    gradient.setZero();
    for (const std::size_t row : batch) gradient[static_cast<Index>(row)] -= 1;
    return static_cast<Loss>(batch.size());
  }
};
}  // namespace

TEST_CASE("every row is seen once an epoch, whatever the remainders") {
  for (const std::size_t rows : {9u, 64u, 65u, 100u}) {
    for (const int workers : {1, 2, 3, 8}) {
      for (const int batch_size : {1, 7, 32, 1000}) {
        CAPTURE(rows);
        CAPTURE(workers);
        CAPTURE(batch_size);
        History history;
        const auto trained = Trainer{
            Counter{rows}, InProcess{.workers = workers}, Downpour{.period = 2},
            Sgd{.learning_rate =
                    1}}.train(Rows{rows}, {.epochs = 3, .batch_size = batch_size}, history);
        CHECK(trained.parameters() == Vector<double>::Constant(Index(rows), 3));
        CHECK(trained.report.events == 3 * rows);
        for (const auto& row : history.rows) CHECK(row.loss <= batch_size);
      }
    }
  }
}

TEST_CASE("observers see every merge, and may stop the run") {
  History history;
  StopAtLoss stop{.below = 1e-2};
  const Trainer trainer{model, InProcess{.workers = 3}, Averaging{.period = 3},
                        Sgd{.learning_rate = 0.05}};
  const auto whole = trainer.train(line<float>(1024), {.epochs = 40, .batch_size = 8});
  const auto stopped =
      trainer.train(line<float>(1024), {.epochs = 40, .batch_size = 8}, history, stop);
  CHECK(stopped.report.merges < whole.report.merges);
  CHECK(history.rows.size() == stopped.report.merges);
  CHECK(history.rows.back().loss < 1e-2);
  CHECK(history.rows.back().worker == all_workers);
  CHECK(history.rows.back().events == stopped.report.events);
  CHECK(std::isnan(history.rows.back().accuracy));  // this model counts no hits
}

TEST_CASE("bad settings throw at the edge, and name the field") {
  const InProcess threads;
  CHECK_THROWS_WITH_AS((Trainer{model, InProcess{.workers = 0}, Averaging{}, Sgd{}}),
                       "InProcess::workers = 0, must be at least 1", std::invalid_argument);
  CHECK_THROWS_WITH_AS((Trainer{model, threads, Averaging{.period = -1}, Sgd{}}),
                       "Averaging::period = -1, must be at least 1, or one_epoch",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS((Trainer{model, threads, Adag{.period = one_epoch}, Sgd{}}),
                       "Adag::period = 0, must be at least 1", std::invalid_argument);
  CHECK_THROWS_WITH_AS((Trainer{model, threads, Downpour{.period = 2, .overlap = 3}, Sgd{}}),
                       "Downpour::overlap = 3, must be in [0, period]", std::invalid_argument);
  CHECK_THROWS_WITH_AS((Trainer{model, threads, Downpour{.period = 2, .fetch_period = 3}, Sgd{}}),
                       "Downpour::fetch_period = 3, must be a multiple of period",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS((Trainer{model, threads, Eamsgd{.momentum = 1}}),
                       "Eamsgd::momentum = 1, must be in [0, 1)", std::invalid_argument);
  CHECK_THROWS_WITH_AS((Trainer{model, threads, Averaging{}, Sgd{.learning_rate = 0}}),
                       "Sgd::learning_rate = 0, must be positive", std::invalid_argument);
  CHECK_THROWS_WITH_AS(
      (Trainer{model, InProcess{.workers = 3}, Averaging{}, Sgd{}}.train(line<float>(2), options)),
      "Trainer::train: 2 events for 3 workers, must be at least one each", std::invalid_argument);
  CHECK_THROWS_WITH_AS(
      (Trainer{model, threads, Averaging{}, Sgd{}}.train(line<float>(9), {.epochs = 0})),
      "TrainOptions::epochs = 0, must be at least 1", std::invalid_argument);
}

TEST_CASE("what diverges is an error, no silent NaN") {
  CHECK_THROWS_WITH_AS(
      (Trainer{NoisyQuadratic{}, InProcess{}, Averaging{}, Sgd{.learning_rate = 1e3}}.train(
          Noise{.rows = 1000}, {.batch_size = 1})),
      doctest::Contains("training diverged: the loss of worker 0 is inf at its step"),
      std::runtime_error);
}

namespace {
struct Failing : LinearModel<float> {
  int steps = 0;
  Loss loss_and_gradient(ConstView<float> at, const Batch& batch, View<float> gradient) {
    if (++steps == 5) throw std::runtime_error{"event store lost"};
    return LinearModel<float>::loss_and_gradient(at, batch, gradient);
  }
};
struct DiskFull {
  void on(const Merged<float>& m) {
    if (m.version == 3) throw std::runtime_error{"disk full"};
  }
};
/// Trains for longer than anyone would wait.
const TrainOptions forever{.epochs = 1'000'000'000, .batch_size = 8};

template <class Check>
void with_every_rule(Check&& check) {
  check(Independent{.period = 1'000'000'000}, Sgd{});
  check(Independent{}, Sgd{});
  check(Averaging{.period = 2, .overlap = 1}, Sgd{});
  check(Averaging::every_epoch(), Sgd{});
  check(SynchronousSgd{}, Sgd{});
  check(SynchronousEasgd{}, Sgd{});
  check(Easgd{}, Sgd{});
  check(Eamsgd{});
  check(Downpour{}, Sgd{.learning_rate = 1e-3});
  check(Adag{}, Sgd{});
  check(DynSgd{}, Sgd{.learning_rate = 1e-3});
}
}  // namespace

TEST_CASE("what a model or an observer throws ends the run of every rule and reaches the caller") {
  with_every_rule([](const auto& rule, const auto&... optimizer) {
    CHECK_THROWS_WITH((Trainer{Failing{}, InProcess{.workers = 3}, rule, optimizer...}.train(
                          line<float>(300), forever)),
                      "event store lost");
    if (rule.period > 1000) return;  // no third merge to throw at
    DiskFull observer;
    CHECK_THROWS_WITH((Trainer{model, InProcess{.workers = 3}, rule, optimizer...}.train(
                          line<float>(300), forever, observer)),
                      "disk full");
  });
}

namespace {
/// Asks for the end of the run from inside a gradient, as a signal handler would.
struct Interrupting : LinearModel<float> {
  std::stop_source* source = nullptr;
  int steps = 0;
  Loss loss_and_gradient(ConstView<float> at, const Batch& batch, View<float> gradient) {
    if (++steps == 101) source->request_stop();
    return LinearModel<float>::loss_and_gradient(at, batch, gradient);
  }
};
}  // namespace

TEST_CASE("a requested stop ends every rule's run with the state so far") {
  with_every_rule([](const auto& rule, const auto&... optimizer) {
    std::stop_source source;
    TrainOptions stoppable = forever;
    stoppable.stop = source.get_token();
    Interrupting interrupting;
    interrupting.source = &source;
    History history;
    const auto trained = Trainer{interrupting, InProcess{.workers = 3}, rule, optimizer...}.train(
        line<float>(300), stoppable, history);
    CHECK(trained.report.steps >= 101);
    CHECK(trained.report.steps < 1'000'000);
    CHECK(trained.report.events >= 101 * 7);
    for (const auto& member : trained.members) CHECK(line_error(member) < 3);
    CHECK(history.rows.size() == trained.report.merges);
  });
}

TEST_CASE("a run that was stopped before it began returns its start") {
  std::stop_source source;
  source.request_stop();
  const auto trained = Trainer{model, InProcess{.workers = 2}, Averaging{}, Sgd{}}.train(
      line<float>(300), {.epochs = 1'000'000, .stop = source.get_token()});
  CHECK(trained.report.steps == 0);
  CHECK(trained.parameters().allFinite());
}

namespace {
/// A user's own rule, written for float only.
struct Mine {
  static constexpr Schedule schedule = Schedule::synchronous;
  int period = 2;
  int overlap = 0;
  struct WorkerPart {
    void prepare(ConstView<float> parameters, View<float> commit) { commit = parameters; }
    void adopt(View<float> parameters, ConstView<float>, ConstView<float> reply) {
      parameters = reply;
    }
  };
  struct CenterPart {
    void merge(View<float> center, ConstView<float> sum, MergeInfo info, View<float> reply) {
      reply = center = sum / static_cast<float>(info.contributors);
    }
  };
  WorkerPart make_worker_half(const Vector<float>&, int) const { return {}; }
  CenterPart make_center_half(const Vector<float>&, int) const { return {}; }
  void validate(int) const {}
};
static_assert(UpdateRule<Mine, float> && !UpdateRule<Mine, double>);

/// A user's own optimizer, in the form that takes the gradient itself.
struct HalfSteps {
  struct Stepper {
    Vector<float> gradient;
    template <class Oracle>
    Loss step(View<float> parameters, const Oracle& oracle) {
      const Loss loss = oracle(parameters, gradient);
      parameters -= 0.01f * gradient;
      return loss;
    }
  };
  Stepper make_stepper(const Vector<float>& initial) const { return {initial}; }
  void validate() const {}
};
}  // namespace

TEST_CASE("a user's own rule and optimizer, for one scalar, are as good as ours") {
  const auto train = [&](auto rule, auto optimizer) {
    return Trainer{model, InProcess{.workers = 2}, rule, optimizer}
        .train(line<float>(300), options)
        .parameters();
  };
  CHECK(train(Mine{}, Sgd{}) == train(Averaging{.period = 2}, Sgd{}));
  CHECK(train(Mine{}, HalfSteps{}) == train(Averaging{.period = 2}, Sgd{}));
}
