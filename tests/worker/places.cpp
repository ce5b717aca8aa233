#include <tributary/worker/worker.hpp>

#include <doctest/doctest.h>

#include <tributary/data/shares.hpp>
#include <tributary/optimizer/clip_value.hpp>
#include <tributary/optimizer/clipped.hpp>
#include <tributary/optimizer/momentum.hpp>
#include <tributary/optimizer/scheduled.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/optimizer/step_decay.hpp>
#include <tributary/rule/downpour.hpp>
#include <vector>

using namespace tributary;

namespace {

struct Nothing {
  using Batch = int;
  std::size_t size() const { return 32; }
  void gather(std::span<const std::size_t>, int&) const {}
};
/// Its gradient is −1 everywhere.
struct Hill {
  using Scalar = double;
  using Batch = int;
  Index parameter_count() const { return 1; }
  void initialize(View<double> x, Rng&) const { x.setZero(); }
  Loss loss_and_gradient(ConstView<double>, int, View<double> gradient) const {
    gradient.setConstant(-1);
    return 0;
  }
};

/// A worker's commit of each step.
template <class O>
struct Walk {
  const Vector<double> center = Vector<double>::Zero(1);
  Nothing data = {};
  Shares<Nothing> shares{data, 2, 1, Seed{}};
  Worker<Hill, ShuffledBatches<Nothing, ShareRows>, O, Downpour> worker;

  explicit Walk(const O& optimizer)
      : worker{
            {.rank = 0,
             .workers = 2,
             .model = Hill{},
             .batches_of = [this](const Lease& of) { return shares.batches(of.share, of.begin); },
             .optimizer = optimizer,
             .rule = Downpour{.period = 1},
             .period = 1,
             .lease = {0, 0, 16}},
            center} {
    worker.start(center, {});
  }
  Walk(Walk&&) = delete;

  std::vector<double> of(const Lease& lease) {
    worker.take(lease);
    std::vector<double> steps;
    while (worker.advance()) {
      steps.push_back(worker.commit()[0]);
      worker.adopt(center);
    }
    return steps;
  }
};

}  // namespace

TEST_CASE("a step's learning rate is that of its position in its share, for any worker") {
  const Scheduled halving{Sgd{.learning_rate = 1}, StepDecay{.every = 1, .rate = 0.5}};
  const auto check = [](auto&& walk) {
    CHECK(walk.of({0, 0, 3}) == std::vector{1.0, 0.5, 0.25});
    CHECK(walk.of({1, 5, 7}) == std::vector{1.0 / 32, 1.0 / 64});  // another's
    CHECK(walk.of({0, 3, 5}) == std::vector{0.125, 0.0625});
    walk.worker.start(walk.center, {});
    CHECK(walk.of({1, 1, 2}) == std::vector{0.5});
  };
  check(Walk{halving});
  check(Walk{Clipped{halving, ClipValue{.max = 2}}});
}

TEST_CASE("a worker keeps its velocity when it continues with another worker's rows") {
  Walk walk{
      Scheduled{Momentum{.learning_rate = 1, .momentum = 0.5}, StepDecay{.every = 1, .rate = 0.5}}};
  CHECK(walk.of({0, 0, 2}) == std::vector{1.0, 0.5 + 0.5});
  CHECK(walk.of({1, 5, 7}) == std::vector{0.5 + 1.0 / 32, 17.0 / 64 + 1.0 / 64});
  walk.worker.start(walk.center, {});  // at the center's parameters, in the same process
  CHECK(walk.of({1, 3, 4}) == std::vector{9.0 / 64 + 1.0 / 8});
  Walk restarted{
      Scheduled{Momentum{.learning_rate = 1, .momentum = 0.5}, StepDecay{.every = 1, .rate = 0.5}}};
  CHECK(restarted.of({1, 3, 4}) == std::vector{1.0 / 8});  // has no velocity
}
