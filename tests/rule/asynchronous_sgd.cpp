#include <tributary/rule/asynchronous_sgd.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <tributary/optimizer/adagrad.hpp>

#include "support/problems.hpp"
#include "support/rules.hpp"
#include "support/shards.hpp"

using namespace tributary;
using namespace tributary::test;

TEST_CASE("asynchronous SGD: each commit is one step of the center's optimizer on the mean") {
  const Vector<double> start{{1, -2}};
  const AsynchronousSgd rule{.period = 2};
  auto worker = rule.make_worker_half(start, 1);
  auto center_half = rule.make_center_half(
      start, 1, Adagrad{.learning_rate = 0.5, .initial_accumulator = 0, .epsilon = 1e-30});
  Vector<double> center = start, parameters = start, commit(2), reply(2);
  double next = 1;
  const auto oracle = [&](ConstView<double> at, View<double> gradient) -> Loss {
    CHECK(at == center);
    gradient.setConstant(next);
    next += 2;
    return 0;
  };
  for (const double mean : {2.0, 6.0}) {  // of 1 and 3, of 5 and 7
    worker.step(parameters, oracle);
    worker.step(parameters, oracle);
    worker.prepare(parameters, commit);
    CHECK(commit == Vector<double>::Constant(2, mean));
    center_half.merge(center, commit, {}, reply);
    worker.adopt(parameters, commit, reply);
  }
  const double moved = 0.5 * (1 + 6 / std::sqrt(4.0 + 36.0));  // γ Σ_t G_t / √(Σ_{u ≤ t} G_u²)
  CHECK((center - start.array().matrix() + Vector<double>::Constant(2, moved)).norm() < 1e-14);
  CHECK(parameters == center);
}

TEST_CASE("asynchronous SGD: local steps continue from the reply, and commit gradients only") {
  const Vector<double> start{{8}};
  const AsynchronousSgd rule{.period = 2, .overlap = 1, .local_learning_rate = 0.5};
  auto worker = rule.make_worker_half(start, 1);
  const auto oracle = [](ConstView<double> at, View<double> gradient) -> Loss {
    gradient = at;
    return 0;
  };
  Vector<double> parameters = start, commit(1);
  worker.step(parameters, oracle);  // g = 8
  worker.step(parameters, oracle);  // g = 4
  CHECK(parameters[0] == 2);
  worker.prepare(parameters, commit);
  CHECK(commit[0] == (8 + 4) / 2);
  worker.step(parameters, oracle);  // g = 2, while the commit is in flight
  CHECK(parameters[0] == 1);
  worker.adopt(parameters, commit, Vector<double>{{100}});
  CHECK(parameters[0] == 100 - 0.5 * 2);
  worker.step(parameters, oracle);  // g = 99
  worker.prepare(parameters, commit);
  CHECK(commit[0] == (2.0 + 99) / 2);
  worker.adopt(parameters, commit, Vector<double>{{7}});
  CHECK(parameters[0] == 7);
}

TEST_CASE("asynchronous SGD with one worker is synchronous SGD, bit for bit") {
  const auto fit = [](const auto& rule) {
    return Trainer{LinearModel<double>{}, InProcess{}, rule, Nesterov{.learning_rate = 0.05}}
        .train(line<double>(300), {.epochs = 2, .batch_size = 8, .seed = Seed{42}})
        .parameters();
  };
  for (const int overlap : {0, 1, 3}) {
    const Vector<double> asynchronous = fit(AsynchronousSgd{.period = 3, .overlap = overlap});
    CHECK(asynchronous == fit(SynchronousSgd{.period = 3, .overlap = overlap}));
    CHECK(asynchronous != fit(AsynchronousSgd{3, overlap, 0.05}));  // local steps are taken
  }
}

TEST_CASE("asynchronous SGD names the setting that is out of range") {
  CHECK_THROWS_WITH_AS(AsynchronousSgd{.period = -1}.validate(1),
                       "AsynchronousSgd::period = -1, must be at least 1, or one_epoch",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(AsynchronousSgd{.overlap = 2}.validate(1),
                       "AsynchronousSgd::overlap = 2, must be in [0, period]",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(AsynchronousSgd{.local_learning_rate = -0.5}.validate(1),
                       "AsynchronousSgd::local_learning_rate = -0.5, must be zero or positive",
                       std::invalid_argument);
}

TEST_CASE("asynchronous SGD by shards is asynchronous SGD on the whole") {
  merges_shards_as_the_whole(AsynchronousSgd{}, Nesterov{});
}
