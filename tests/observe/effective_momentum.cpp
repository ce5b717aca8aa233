#include <tributary/observe/effective_momentum.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <tributary/rule/independent.hpp>
#include <tributary/transport/simulated.hpp>

#include "support/problems.hpp"
#include "support/rules.hpp"

using namespace tributary;
using namespace tributary::test;

TEST_CASE("the momentum of the center's path is that of its workers: 1 - 1/M") {
  for (const int workers : {2, 4, 8}) {
    const NoisyQuadratic model{.count = 100, .h = 1, .sigma = 1, .start = 10};
    EffectiveMomentum momentum{
        .gradient = [&](ConstView<double> x, View<double> out) { out = model.h * x; }};
    const auto report =
        Trainer{model,
                Simulated{.workers = workers, .step_time = ExponentialStep{}, .seed = Seed{1}},
                Downpour{.period = 1}, Sgd{.learning_rate = 0.1}}
            .train(Noise{.rows = 40'000, .count = 100}, {.batch_size = 1}, momentum)
            .report;
    const double expected = 1 - 1.0 / workers;
    MESSAGE(momentum.estimate() << ", by its staleness " << report.implicit_momentum());
    CHECK(std::abs(momentum.estimate() - expected) < 0.05);
    CHECK(std::abs(report.implicit_momentum() - expected) < 0.01);
  }
}

TEST_CASE("without a path there is no estimate, and a lag must be one") {
  const auto none = [](ConstView<double>, View<double>) {};
  EffectiveMomentum momentum{.gradient = none};
  CHECK(std::isnan(momentum.estimate()));
  EffectiveMomentum bad{.gradient = none, .lag = 0};
  CHECK_THROWS_WITH(bad.on(Started{}), "EffectiveMomentum::lag = 0, must be at least 1");
}

TEST_CASE("a few merges, and an ensemble, have no estimate") {
  const auto train = [](const auto& rule, std::size_t rows) {
    EffectiveMomentum momentum{.gradient = [](ConstView<double> x, View<double> out) { out = x; }};
    Trainer{NoisyQuadratic{.count = 10, .sigma = 1, .start = 10}, Simulated{.workers = 2}, rule,
            Sgd{.learning_rate = 0.1}}
        .train(Noise{.rows = rows, .count = 10}, {.batch_size = 1}, momentum);
    return momentum.estimate();
  };
  CHECK(std::isnan(train(Downpour{.period = 1}, 100)));
  CHECK(!std::isnan(train(Downpour{.period = 1}, 120)));
  CHECK_THROWS_WITH(train(Independent{.period = 1}, 100),
                    "EffectiveMomentum: the members of an ensemble have no center");
}
