#include <doctest/doctest.h>

#include <tributary/rule/asynchronous_sgd.hpp>
#include <tributary/rule/dc_asgd.hpp>
#include <tributary/transport/simulated.hpp>
#include <vector>

#include "support/problems.hpp"
#include "support/rules.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {
template <class... Policies>
Vector<double> fit(const Policies&... policies) {
  return Trainer{LinearModel<double>{}, policies...}
      .train(line<double>(300), {.epochs = 5, .batch_size = 8, .seed = Seed{42}})
      .parameters();
}
}  // namespace

TEST_CASE("rules that are sequential training with one worker are so bit for bit") {
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

TEST_CASE("identities between asynchronous rules, several workers whose order is by chance") {
  for (const int workers : {2, 3, 8}) {
    CAPTURE(workers);
    const Simulated uneven{.workers = workers, .step_time = ExponentialStep{}, .seed = Seed{3}};
    const Sgd sgd{.learning_rate = 0.05};
    const Vector<double> downpour = fit(uneven, Downpour{.period = 1}, sgd);
    const Vector<double> asynchronous = fit(uneven, AsynchronousSgd{}, sgd);
    CHECK(fit(uneven, Adag{.period = 1}, sgd) == downpour);
    CHECK((asynchronous - downpour).norm() < 1e-12);
    for (const auto form : {DcAsgd::Form::constant, DcAsgd::Form::adaptive}) {
      CHECK(fit(uneven, DcAsgd{.learning_rate = 0.05, .lambda = 0, .form = form}) == asynchronous);
    }
    // They tell the rules apart: what is stale counts less, or is corrected.
    CHECK((fit(uneven, DynSgd{.period = 1}, sgd) - downpour).norm() > 1e-3);
    CHECK((fit(uneven, DcAsgd{.learning_rate = 0.05, .lambda = 1}) - asynchronous).norm() > 1e-6);
  }
}

TEST_CASE("EASGD with alpha = 1 and one worker swaps: two trainings take turns") {
  struct Centers {
    std::vector<Vector<double>> all;
    void on(const Merged<double>& m) { all.emplace_back(m.center); }
  } centers;
  const NoisyQuadratic model;  // a step halves x
  Trainer{model, InProcess{}, Easgd{.moving_rate = MovingRate::alpha(1), .period = 1, .overlap = 0},
          Sgd{.learning_rate = 0.5}}
      .train(Noise{.rows = 6}, {.batch_size = 1}, centers);
  // Worker and center hold a training each, from the same start, and change places at every step.
  const std::vector<double> expected = {0.5, 0.5, 0.25, 0.25, 0.125, 0.125};
  REQUIRE(centers.all.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(centers.all[i][0] == expected[i]);
}
