#include <tributary/rule/diloco.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <concepts>
#include <tributary/optimizer/adam_w.hpp>
#include <tributary/transport/simulated.hpp>

#include "support/problems.hpp"
#include "support/rules.hpp"
#include "support/shards.hpp"

using namespace tributary;
using namespace tributary::test;

static_assert(std::same_as<decltype(DiLoCo{}), DiLoCo<Nesterov>>);
static_assert(std::same_as<decltype(DiLoCo{.period = 50, .overlap = 1}), DiLoCo<Nesterov>>);
static_assert(std::same_as<decltype(DiLoCo{.outer = Sgd{.learning_rate = 1}}), DiLoCo<Sgd>>);
static_assert(UpdateRule<DiLoCo<Sgd>, float> && UpdateRule<DiLoCo<AdamW>, double>);

TEST_CASE("DiLoCo: the outer optimizer steps in the direction from the center to the mean") {
  const DiLoCo rule{.outer = Nesterov{.learning_rate = 0.5, .momentum = 0.5}};
  auto half = rule.make_center_half(Vector<double>{{10}}, 2);
  auto worker = rule.make_worker_half(Vector<double>{{10}}, 2);
  Vector<double> center{{10}}, reply(1), parameters{{7}}, commit(1);
  worker.prepare(parameters, commit);
  const MergeInfo round{.worker = all_workers, .contributors = 2};
  half.merge(center, (commit + Vector<double>{{5}}) / 2, round, reply);  // mean 6, so Δ = 4
  // v = -η Δ = -2;  θ̃ ← θ̃ + μ v - η Δ
  CHECK(center[0] == 10 - 0.5 * 2 - 2);
  CHECK(reply == center);
  worker.adopt(parameters, commit, reply);
  CHECK(parameters == center);
  half.merge(center, Vector<double>{{6}}, round, reply);  // mean 6, so Δ = 1
  // v = -0.5 · 2 - 0.5 = -1.5
  CHECK(center[0] == 7 - 0.5 * 1.5 - 0.5);
}

TEST_CASE("DiLoCo with plain SGD of rate 1 as the outer optimizer is averaging, to rounding") {
  const auto fit = [](int workers, const auto& rule) {
    return Trainer{LinearModel<double>{}, InProcess{.workers = workers}, rule,
                   AdamW{.learning_rate = 0.01}}
        .train(line<double>(300), {.epochs = 5, .batch_size = 8, .seed = Seed{42}})
        .parameters();
  };
  for (const int workers : {1, 2, 3, 8}) {
    for (const int overlap : {0, 2}) {
      const Vector<double> averaged = fit(workers, Averaging{.period = 3, .overlap = overlap});
      const auto diloco = [&](double rate) {
        return fit(workers, DiLoCo{.period = 3, .overlap = overlap, .outer = Sgd{rate}});
      };
      CHECK((diloco(1) - averaged).norm() < 1e-12);
      CHECK((diloco(0.5) - averaged).norm() > 1e-3);
    }
  }
}

TEST_CASE("DiLoCo with outer momentum is stable up to its bound, and not beyond") {
  // A worker that reaches the minimum in a round makes the outer problem f = θ̃²/2 of curvature 1:
  // Nesterov's bound, η < (2 + 2 μ) / (1 + 2 μ).
  const double bound = (2 + 2 * 0.9) / (1 + 2 * 0.9);
  const auto left_after_rounds = [](double rate) {
    const DiLoCo rule{.outer = Nesterov{.learning_rate = rate, .momentum = 0.9}};
    auto half = rule.make_center_half(Vector<double>{{1}}, 1);
    Vector<double> center{{1}}, reply(1);
    for (int round = 0; round < 2000; ++round) half.merge(center, Vector<double>{{0}}, {}, reply);
    return std::abs(center[0]);
  };
  CHECK(left_after_rounds(0.7) < 1e-10);
  CHECK(left_after_rounds(0.99 * bound) < 1e-3);
  CHECK(left_after_rounds(1.01 * bound) > 1e3);
}

TEST_CASE("any number of rounds without a step leaves the center exactly as it is") {
  const auto stays = [](int workers, const auto& rule, const auto&... optimizer) {
    const NoisyQuadratic model{.count = 3, .h = 0, .start = std::sqrt(2.0)};
    const auto trained = Trainer{model, Simulated{.workers = workers}, rule, optimizer...}.train(
        Noise{.rows = static_cast<std::size_t>(10 * workers)}, {.epochs = 100, .batch_size = 1});
    return (trained.parameters().array() == std::sqrt(2.0)).all();
  };
  for (const int workers : {1, 2, 3, 5, 7, 10, 13}) {
    CAPTURE(workers);
    CHECK(stays(workers, DiLoCo{.period = 1}, Sgd{}));
    CHECK(stays(workers, Averaging{}, Sgd{}));
  }
}

TEST_CASE("DiLoCo by shards is DiLoCo on the whole") {
  merges_shards_as_the_whole(DiLoCo{}, Sgd{});
}

TEST_CASE("DiLoCo names the setting that is out of range") {
  CHECK_THROWS_WITH_AS(DiLoCo{.period = -1}.validate(2),
                       "DiLoCo::period = -1, must be at least 1, or one_epoch",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS((DiLoCo{.period = 2, .overlap = 3}.validate(2)),
                       "DiLoCo::overlap = 3, must be in [0, period]", std::invalid_argument);
  CHECK_THROWS_WITH_AS(DiLoCo{.outer = Sgd{.learning_rate = 0}}.validate(2),
                       "Sgd::learning_rate = 0, must be positive", std::invalid_argument);
  CHECK_NOTHROW(DiLoCo{}.validate(2));
}
