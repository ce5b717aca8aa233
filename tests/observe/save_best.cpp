#include <tributary/observe/save_best.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <stdexcept>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/rule/independent.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/simulated.hpp>
#include <utility>
#include <vector>

#include "support/problems.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {
/// The parameter is the number of steps.
struct Steps {
  using Scalar = float;
  using Batch = Vector<double>;

  Index parameter_count() const { return 1; }
  void initialize(View<float> x, Rng&) const { x.setZero(); }
  Loss loss_and_gradient(ConstView<float>, const Batch&, View<float> gradient) const {
    gradient.setConstant(-1);
    return 1;
  }
};
template <class Rule, class... Os>
Trained<Steps> count(int workers, std::size_t rows, const Rule& rule, Os&... observers) {
  return Trainer{Steps{}, Simulated{.workers = workers}, rule, Sgd{.learning_rate = 1}}.train(
      Noise{.rows = rows}, {.batch_size = 1}, observers...);
}
double from_seven(ConstView<float> x) { return std::abs(double{x[0]} - 7); }
}  // namespace

TEST_CASE("SaveBest keeps and writes the best center, and the result is the last one") {
  std::vector<float> written;
  SaveBest best{
      .measure = from_seven, .every = 1, .write = [&](std::span<const Vector<float>> models) {
        CHECK(models.size() == 1);
        written.push_back(models.front()[0]);
      }};
  static_assert(KeepsState<decltype(best)>);
  const auto trained = count(1, 10, Averaging{.period = 1}, best);
  CHECK(trained.parameters()[0] == 10);
  CHECK(written == std::vector<float>{1, 2, 3, 4, 5, 6, 7});
  CHECK(best.best == 0);
  CHECK(best.best_version == 7);
  REQUIRE(best.best_models.size() == 1);
  CHECK(best.best_models[0][0] == 7);
}

TEST_CASE("SaveBest measures the last center, too, and begins each run anew") {
  SaveBest best{.measure = from_seven, .every = 4};
  count(1, 6, Averaging{.period = 1}, best);  // measured after merge 4, and at the end
  CHECK(best.best == 1);
  CHECK(best.best_version == 6);
  CHECK(best.best_models[0][0] == 6);
  count(1, 4, Averaging{.period = 1}, best);
  CHECK(best.best == 3);
  CHECK(best.best_models[0][0] == 4);
}

TEST_CASE("SaveBest keeps all members of an ensemble") {
  std::size_t members = 0;
  SaveBest best{.measure = from_seven,
                .every = 1,
                .write = [&](std::span<const Vector<float>> models) { members = models.size(); }};
  count(2, 14, Independent{.period = 1}, best);  // 7 steps each
  CHECK(members == 2);
  CHECK(best.best == 0);
  REQUIRE(best.best_models.size() == 2);
  CHECK(best.best_models[1][0] == 7);
}

TEST_CASE("the state of a SaveBest survives in a checkpoint") {
  SaveBest best{.measure = from_seven, .every = 2};
  count(1, 10, Averaging{.period = 1}, best);
  std::vector<std::byte> bytes;
  best.save(bytes);
  SaveBest other{.measure = from_seven, .every = 2};
  other.on(Started{.parameters = 1, .workers = 1, .events = 10});
  std::span<const std::byte> from{bytes};
  REQUIRE(other.restore(from));
  CHECK(from.empty());
  CHECK(other.best == 1);
  CHECK(other.best_version == best.best_version);
  CHECK(other.best_models == best.best_models);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    std::span<const std::byte> torn{bytes.data(), size};
    CHECK(!other.restore(torn));
  }
}

TEST_CASE("SaveBest names its settings and a measure that is NaN") {
  SaveBest never{.measure = from_seven, .every = 0};
  CHECK_THROWS_WITH_AS(count(1, 4, Averaging{}, never), "SaveBest::every = 0, must be at least 1",
                       std::invalid_argument);
  SaveBest nan{.measure = [](ConstView<float>) { return std::numeric_limits<double>::quiet_NaN(); },
               .every = 1};
  CHECK_THROWS_WITH_AS(count(1, 4, Averaging{.period = 1}, nan),
                       doctest::Contains("SaveBest::measure is NaN after merge 1"),
                       std::runtime_error);
}
