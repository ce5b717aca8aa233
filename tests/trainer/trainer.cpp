#include <tributary/trainer/trainer.hpp>

#include <doctest/doctest.h>

#include <cmath>

#include <tributary/observe/history.hpp>
#include <tributary/observe/stop_at_loss.hpp>
#include "support/problems.hpp"
#include "support/rules.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {
const TrainOptions options{.epochs = 5, .batch_size = 8, .seed = Seed{42}};
const LinearModel<float> model;
}  // namespace

TEST_CASE("an ensemble is its members, each on its share and with its own initial parameters") {
  const auto trained =
      Trainer{model, InProcess{.workers = 3}, Independent{.period = 1000}, Sgd{}}.train(
          line<float>(300), options);
  REQUIRE(trained.members.size() == 3);
  CHECK(trained.members[0] != trained.members[1]);
  CHECK(trained.report.merges == 3);
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

TEST_CASE("bad settings throw before work starts, and name the field") {
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
