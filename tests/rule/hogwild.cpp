#include <tributary/rule/hogwild.hpp>

#include <doctest/doctest.h>

#include <tributary/transport/simulated.hpp>
#include <vector>

#include "support/problems.hpp"
#include "support/rules.hpp"

using namespace tributary;
using namespace tributary::test;

static_assert(UpdateRule<Hogwild, float> && ConcurrentHalf<AtomicCenter<float>>);

namespace {
/// The gradient is -1 everywhere, so that with a rate of 1 the center counts steps.
struct Counting {
  using Scalar = double;
  using Batch = Vector<double>;
  Index parameter_count() const { return 1000; }
  void initialize(View<double> x, Rng&) const { x.setZero(); }
  Loss loss_and_gradient(ConstView<double>, const Batch&, View<double> gradient) const {
    gradient.setConstant(-1);
    return 0;
  }
};
}  // namespace

TEST_CASE("no addition of Hogwild is lost, for any timing of its threads") {
  struct Versions {
    std::vector<std::uint64_t> all = {};
    void on(const Merged<double>& m) {
      all.push_back(m.version);
      CHECK(m.center.minCoeff() >= 1);
    }
  } versions;
  const auto trained =
      Trainer{Counting{}, InProcess{.workers = 4}, Hogwild{}, Sgd{.learning_rate = 1}}.train(
          Noise{.rows = 4000}, {.batch_size = 1}, versions);
  CHECK(trained.parameters() == Vector<double>::Constant(1000, 4000));
  CHECK(trained.report.merges == 4000);
  CHECK(trained.report.staleness[0] <= 4000);
  CHECK(versions.all.size() == 4000);
}

TEST_CASE("Hogwild with one thread at a time is DOWNPOUR, bit for bit") {
  const auto trained = [](const auto& rule) {
    return Trainer{LinearModel<double>{}, Simulated{.workers = 4, .step_time = ExponentialStep{}},
                   rule, Sgd{.learning_rate = 0.02}}
        .train(line<double>(400), {.epochs = 3, .batch_size = 4, .seed = Seed{3}})
        .parameters();
  };
  CHECK(trained(Hogwild{.period = 2, .overlap = 1}) ==
        trained(Downpour{.period = 2, .overlap = 1}));
}
