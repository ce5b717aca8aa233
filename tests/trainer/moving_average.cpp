#include <tributary/rule/moving_average.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <tributary/optimizer/adam.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/rule/hogwild.hpp>
#include <tributary/rule/ssp.hpp>
#include <tributary/rule/synchronous_sgd.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/in_process.hpp>
#include <tributary/transport/simulated.hpp>
#include <vector>

#include "support/problems.hpp"
#include "transport/tcp/counter.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {

/// What observers see of a run.
struct Path {
  std::vector<Vector<double>> centers = {};
  std::vector<Loss> losses = {};
  std::vector<std::uint64_t> staleness = {};
  Vector<double> last = {};

  void on(const Merged<double>& m) {
    centers.push_back(m.center);
    losses.push_back(m.loss);
    staleness.push_back(m.staleness);
  }
  void on(const Finished<double>& run) { last = run.center; }
};

/// Both trainings are the same, and the second one shows and returns the average of the first.
void averages(const auto& transport, const auto& rule, const auto& optimizer) {
  const BasicEvents<double> data = line<double>(500);
  const TrainOptions options{.epochs = 2, .batch_size = 10, .seed = Seed{3}};
  constexpr double decay = 0.8;
  Path raw, shown;
  const Trainer trainer{LinearModel<double>{}, transport, rule, optimizer};
  trainer.train(data, options, raw);
  const Trainer averaging{LinearModel<double>{}, transport, MovingAverage{rule, decay}, optimizer};
  const auto trained = averaging.train(data, options, shown);

  CHECK(shown.losses == raw.losses);  // bit for bit, so that the workers were at the same points
  CHECK(shown.staleness == raw.staleness);
  REQUIRE(shown.centers.size() == raw.centers.size());
  REQUIRE(raw.centers.size() > 10);
  Vector<double> sum = Vector<double>::Zero(raw.last.size());
  double weights = 0;
  for (std::size_t i = 0; i < raw.centers.size(); ++i) {
    sum = decay * sum + raw.centers[i];
    weights = decay * weights + 1;
    CHECK((shown.centers[i] - sum / weights).norm() < 1e-13);
  }
  CHECK(trained.parameters() == shown.centers.back());
  CHECK(shown.last == shown.centers.back());
  CHECK(shown.centers.back() != raw.centers.back());
}

}  // namespace

TEST_CASE("a simulated run returns the average of its centers, and trains as without it") {
  const Simulated transport{.workers = 3, .link = {.latency_seconds = 0.1}, .seed = Seed{5}};
  averages(transport, Downpour{.period = 3, .overlap = 1}, Sgd{.learning_rate = 0.05});
  averages(transport, Averaging{.period = 3}, Adam{});
  averages(transport, SynchronousSgd{}, Adam{});
}

TEST_CASE("threads that merge at the same time average every segment over the same merges") {
  // Each commit adds 2, in any order: the centers are 2, 4, ... 400. Three stripes.
  double sum = 0, weights = 0;
  for (int i = 1; i <= 200; ++i) {
    sum = 0.9 * sum + 2 * i;
    weights = 0.9 * weights + 1;
  }
  const auto check = [&](const auto& rule) {
    const Trainer trainer{Counter{.parameters = 3000}, InProcess{.workers = 4},
                          MovingAverage{rule, 0.9}, Sgd{.learning_rate = 1}};
    const auto trained = trainer.train(Rows{400}, {.batch_size = 1, .seed = Seed{1}});
    CHECK((trained.parameters().array() - static_cast<float>(sum / weights)).abs().maxCoeff() <
          1e-3f);
  };
  check(Downpour{.period = 2});
  check(Ssp{.period = 2, .bound = 1});
#if defined(__cpp_lib_atomic_ref)
  check(Hogwild{.period = 2});
#endif
}

TEST_CASE("threads return the average of their centers, and train as without it") {
  averages(InProcess{.workers = 3}, Averaging{.period = 3}, Adam{});
  averages(InProcess{.workers = 2}, SynchronousSgd{}, Adam{});
  averages(InProcess{.workers = 1}, Downpour{.period = 3}, Sgd{.learning_rate = 0.05});
}
