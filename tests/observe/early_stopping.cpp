#include <tributary/observe/early_stopping.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <limits>
#include <span>
#include <tributary/observe/evaluate.hpp>
#include <tributary/observe/stop_at_loss.hpp>
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
/// The parameter is the number of steps, and in an ensemble 100 × the member more.
struct Steps {
  using Scalar = float;
  using Batch = Vector<double>;
  float start = 0;

  Index parameter_count() const { return 1; }
  void initialize(View<float> x, Rng& rng) const { x.setConstant(start * float(rng() % 7)); }
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

TEST_CASE("EarlyStopping returns the best center, or the last one on request") {
  EarlyStopping best{.measure = from_seven, .every = 1, .patience = 3};
  CHECK(count(1, 100, Averaging{}, 0, best).parameters()[0] == 7);
  CHECK(best.best == 0);
  CHECK(best.best_version == 7);
  CHECK(best.version == 10);

  EarlyStopping last{.measure = from_seven, .every = 1, .patience = 3, .restore_best = false};
  CHECK(count(1, 100, Averaging{}, 0, last).parameters()[0] == 10);
  CHECK(last.best == 0);
}

TEST_CASE("EarlyStopping returns the best center, even if it is better by less than min_delta") {
  // After merge 1, 2, …; gains of more than 0.5: 10, then 9.2, then 8.5, of which 8.3 is none.
  const std::vector<double> values{10, 9.6, 9.2, 9, 8.5, 8.3, 8.4, 8.6, 8.0};
  const auto value = [&](ConstView<float> x) { return values[static_cast<std::size_t>(x[0]) - 1]; };
  EarlyStopping stopping{.measure = value, .every = 1, .patience = 3, .min_delta = 0.5};
  CHECK(count(1, 9, Averaging{}, 0, stopping).parameters()[0] == 6);
  CHECK(stopping.version == 8);
  CHECK(stopping.best == 8.3);
  CHECK(stopping.best_version == 6);
  CHECK(stopping.last_gain == 8.5);
  CHECK(stopping.without_gain == 3);
}

TEST_CASE("the state of EarlyStopping is saved, and restored from complete bytes only") {
  EarlyStopping stopping{.measure = from_seven, .every = 1};
  count(1, 9, Averaging{}, 0, stopping);
  std::vector<std::byte> state;
  stopping.save(state);
  for (std::size_t size = 0; size <= state.size(); ++size) {
    EarlyStopping another{.measure = from_seven, .every = 1};
    another.on(Started{.parameters = 1, .workers = 1, .events = 9});
    std::span<const std::byte> from{state.data(), size};
    const Status status = another.restore(from);
    CHECK(bool{status} == (size == state.size()));
    if (!status) continue;
    CHECK(from.empty());
    CHECK(another.best == 0);
    CHECK(another.best_version == 7);
    CHECK(another.version == 9);
    CHECK(another.without_gain == 2);
    std::vector<Vector<float>> models{Vector<float>::Constant(1, 9)};
    another.choose(models);
    CHECK(models[0][0] == 7);
  }
  // Number of models, length of one, best, measurements without a gain.
  using Change = std::pair<std::size_t, std::byte>;
  const std::byte all{0xff};
  for (const std::vector<Change>& changes : std::vector<std::vector<Change>>{{{7, all}},
                                                                             {{0, std::byte{2}}},
                                                                             {{16, std::byte{2}}},
                                                                             {{38, all}, {39, all}},
                                                                             {{51, all}}}) {
    CAPTURE(changes.front().first);
    EarlyStopping another{.measure = from_seven};
    another.on(Started{.parameters = 1, .workers = 1, .events = 9});
    std::vector<std::byte> broken = state;
    for (const auto& [at, byte] : changes) broken[at] = byte;
    std::span<const std::byte> from{broken};
    CHECK_FALSE(another.restore(from));
  }
}

TEST_CASE("observers of one name get back their states, unless there are more or fewer of them") {
  EarlyStopping one{.measure = from_seven, .every = 1, .restore_best = false}, two = one,
                                                                               three = one;
  one.best = 1, two.best = 2;
  std::vector<std::byte> saved;
  ObserverList{one, two}.save(saved);
  one.best = two.best = 0;
  CHECK(*ObserverList{one, two}.restore<float>(saved) == "");
  CHECK(one.best == 1);
  CHECK(two.best == 2);
  three.best = 0;
  CHECK(*ObserverList{three}.restore<float>(saved) == "EarlyStopping");
  CHECK(*ObserverList{one, two, three}.restore<float>(saved) ==
        "EarlyStopping, EarlyStopping, EarlyStopping");
  CHECK(three.best == 0);
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
                    "EarlyStopping::measure is NaN after merge 3; for a net with BatchNorm, "
                    "measure the calibrated() center");
  StopAtLoss nan{.below = std::numeric_limits<double>::quiet_NaN()};
  CHECK_THROWS_WITH(count(1, 100, Averaging{}, 0, nan), doctest::Contains("StopAtLoss::below"));
}

TEST_CASE("the measure of an ensemble is the mean of its members, which are restored together") {
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
