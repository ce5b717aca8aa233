#include <tributary/observe/early_stopping.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <tributary/observe/evaluate.hpp>
#include <tributary/observe/stop_at_loss.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/rule/independent.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/simulated.hpp>

#include "support/problems.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {
/// The parameter is the number of steps, and in an ensemble 100 × the member more.
struct Steps {
  using Scalar = float;
  using Batch = Vector<double>;
  float start = 0;

  Index parameter_count() const { return 1; }
  void initialise(View<float> x, Rng& rng) const { x.setConstant(start * float(rng() % 7)); }
  Loss loss_and_gradient(ConstView<float>, const Batch&, View<float> gradient) const {
    gradient.setConstant(-1);
    return 1;
  }
};

template <class Rule, class... Os>
Trained<Steps> count(int workers, std::size_t rows, const Rule& rule, float start,
                     Os&... observers) {
  return Trainer{Steps{start}, Simulated{.workers = workers}, rule, Sgd{.learning_rate = 1}}.train(
      Noise{.rows = rows}, {.batch_size = 1}, observers...);
}
double from_seven(ConstView<float> x) { return std::abs(double{x[0]} - 7); }
}  // namespace

TEST_CASE("EarlyStopping gives back the best center, and the last one where it is told so") {
  EarlyStopping best{.measure = from_seven, .every = 1, .patience = 3};
  CHECK(count(1, 100, Averaging{}, 0, best).parameters()[0] == 7);
  CHECK(best.best == 0);
  CHECK(best.best_version == 7);
  CHECK(best.version == 10);

  EarlyStopping last{.measure = from_seven, .every = 1, .patience = 3, .restore_best = false};
  CHECK(count(1, 100, Averaging{}, 0, last).parameters()[0] == 10);
  CHECK(last.best == 0);
}

TEST_CASE("EarlyStopping measures at the end of a run that ends by itself") {
  EarlyStopping often{.measure = from_seven, .every = 4};
  CHECK(count(1, 7, Averaging{}, 0, often).parameters()[0] == 7);  // 3 at 4, 0 at the end
  CHECK(often.best_version == 7);
  CHECK(count(1, 12, Averaging{}, 0, often).parameters()[0] == 8);  // 3, 1, 5
  EarlyStopping never{.measure = from_seven, .every = 1000};
  CHECK(count(1, 12, Averaging{}, 0, never).parameters()[0] == 12);
  CHECK(never.best == 5);
}

TEST_CASE("the last point of Evaluate is of the center that training returns") {
  for (const int every : {1, 3, 5}) {
    CAPTURE(every);
    EarlyStopping best{.measure = from_seven, .every = 1, .patience = 100};
    Evaluate evaluate{.measure = from_seven, .every = every};
    CHECK(count(1, 20, Averaging{}, 0, best, evaluate).parameters()[0] == 7);
    REQUIRE(evaluate.points.size() == static_cast<std::size_t>(20 / every + 1));
    CHECK(evaluate.points.back().returned);
    CHECK(evaluate.points.back().value == 0);
    CHECK(evaluate.points.back().events == 20);
    CHECK_FALSE(evaluate.points.front().returned);
  }
}

TEST_CASE("EarlyStopping refuses NaN by name") {
  EarlyStopping stopping{
      .measure = [](ConstView<float>) { return std::numeric_limits<double>::quiet_NaN(); },
      .every = 3};
  CHECK_THROWS_WITH(count(1, 100, Averaging{}, 0, stopping),
                    "EarlyStopping::measure is NaN after merge 3; of a net with BatchNorm measure "
                    "the calibrated() center");
  StopAtLoss nan{.below = std::numeric_limits<double>::quiet_NaN()};
  CHECK_THROWS_WITH(count(1, 100, Averaging{}, 0, nan), doctest::Contains("StopAtLoss::below"));
}

TEST_CASE(
    "what is measured of an ensemble is the mean of its members, which are restored together") {
  // 3 members of 12 steps each; each reports after 4, 8 and 12, at the same times.
  const auto middle = [](ConstView<float> x) { return std::abs(double{x[0]} - 1008); };
  Evaluate evaluate{.measure = middle, .every = 3};
  const auto plain = count(3, 36, Independent{.period = 4}, 1000, evaluate);
  REQUIRE(plain.members.size() == 3);
  const auto mean = [&](const auto& members, float less) {
    double sum = 0;
    for (const auto& member : members) sum += middle(Vector<float>{member.array() - less});
    return sum / 3;
  };
  REQUIRE(evaluate.points.size() == 4);
  CHECK(evaluate.points[3].returned);
  CHECK(evaluate.points[3].value == evaluate.points[2].value);
  CHECK(evaluate.points[0].value == doctest::Approx(mean(plain.members, 8)));
  CHECK(evaluate.points[1].value == doctest::Approx(mean(plain.members, 4)));
  CHECK(evaluate.points[2].value == doctest::Approx(mean(plain.members, 0)));

  // The sum over members is least at the first report.
  EarlyStopping first{.measure = [](ConstView<float> x) { return double{x[0]}; }, .every = 3};
  const auto stopped = count(3, 36, Independent{.period = 4}, 1000, first);
  REQUIRE(stopped.members.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(stopped.members[i][0] == plain.members[i][0] - 8);
}
