#pragma once

#include "support/problems.hpp"
#include "support/rules.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>

namespace tributary::test {

/// Its loss is finite at every step, and its gradient at all but one of each worker's.
struct DivergesLate {
  using Scalar = float;
  using Batch = EventBatch<float>;
  int late = 0;
  float what = 0;
  int steps = 0;

  Index parameter_count() const { return 37; }
  void initialize(View<float> p, Rng&) const { p.setConstant(1); }
  Loss loss_and_gradient(ConstView<float>, const Batch&, View<float> gradient) {
    gradient.setConstant(0.01f);
    if (++steps == late) gradient[steps % 37] = what;
    return 1;
  }
};

/// Runs of a few steps each; the last step makes a NaN or infinity.
template <class Transport, class Rule>
void sees_the_last_step(const Transport& transport, const Rule& rule, int first = 1,
                        int last = 100) {
  const int workers = transport.workers;
  int seen = 0;
  for (int seed = first; seed <= last; ++seed) {
    const DivergesLate model{.late = seed,
                             .what = seed % 3 == 0 ? std::numeric_limits<float>::quiet_NaN()
                                                   : std::numeric_limits<float>::infinity()};
    const TrainOptions options{.batch_size = 2, .seed = Seed{static_cast<std::uint64_t>(seed)}};
    const Trainer trainer{model, transport, rule, Sgd{}};
    try {
      trainer.train(line<float>(2 * seed * workers), options);
    } catch (const TrainingDiverged& error) {
      const std::string text = error.what();
      seen += text.starts_with("training diverged: ") &&
              (text.find("after merge ") != text.npos || text.find("its last ") != text.npos);
    }
  }
  CHECK(seen == last - first + 1);
}

/// Every gradient is finite, and so is every step: 0 ↦ 2e38, but not their sum.
struct Leap {
  using Scalar = float;
  using Batch = EventBatch<float>;

  Index parameter_count() const { return 40'000; }  // stripes
  void initialize(View<float> p, Rng&) const { p.setZero(); }
  Loss loss_and_gradient(ConstView<float>, const Batch&, View<float> gradient) {
    gradient.setZero();
    gradient[30'000] = -2e38f;
    return 1;
  }
};
struct SeesFinite {
  bool finite = true;
  void on(const Merged<float>& m) { finite = finite && m.center.allFinite(); }
  void on(const Finished<float>& m) { finite = finite && m.center.allFinite(); }
};
template <class Transport>
void sees_the_overflow(const Transport& transport, const char* message) {
  const TrainOptions forever{.epochs = 1'000'000, .batch_size = 2};
  const auto diverges = [&](const auto& rule) {
    SeesFinite observer;
    const Trainer trainer{Leap{}, transport, rule, Sgd{.learning_rate = 1}};
    CHECK_THROWS_WITH_AS(trainer.train(line<float>(6), forever, observer),
                         doctest::Contains(message), TrainingDiverged);
    CHECK(observer.finite);
  };
  diverges(Downpour{.period = 1});
  diverges(Averaging{});
  diverges(Ssp{});
}
}  // namespace tributary::test
