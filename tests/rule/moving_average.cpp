#include <tributary/rule/moving_average.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <tributary/center/center.hpp>
#include <tributary/core/describe.hpp>
#include <tributary/core/random.hpp>
#include <tributary/observe/effective_momentum.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/rule/dc_asgd.hpp>
#include <tributary/rule/diloco.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/rule/eamsgd.hpp>
#include <tributary/rule/easgd.hpp>
#include <tributary/rule/hogwild.hpp>
#include <tributary/rule/ssp.hpp>
#include <tributary/rule/stability.hpp>
#include <tributary/rule/synchronous_sgd.hpp>
#include <utility>
#include <vector>

using namespace tributary;

namespace {

template <class Rule, class Observers>
auto make_center(const Rule& rule, Index size, Observers& observers) {
  const Vector<double> initial = Vector<double>::Constant(size, 100);
  const auto make_half = [=](const Vector<double>& segment) {
    return make_center_half<double>(rule, segment, 2, Sgd{});
  };
  return Center<double, Rule::schedule, decltype(make_half(initial)), Observers>{make_half, initial,
                                                                                 2, observers};
}
struct Seen {
  std::vector<double> centers = {};
  void on(const Merged<double>& m) { centers.push_back(m.center[0]); }
};
constexpr CommitHeader header{.worker = 0, .contributors = 1, .steps = 1, .events = 1};

}  // namespace

TEST_CASE("with a decay of 1/2 the centers 1, 2 and 4 average to 1, 5/3 and 3") {
  // 1; (1/2 1 + 2) / (3/2); (1/4 1 + 1/2 2 + 4) / (7/4). The initial 100 does not count.
  Seen seen;
  ObserverList<Seen> observers{seen};
  for (const Index size : {1, 3000}) {
    seen.centers.clear();
    auto center = make_center(MovingAverage{Downpour{}, 0.5}, size, observers);
    CHECK(center.result()[0] == 100);
    Vector<double> reply(size);
    for (const double progress : {-99, 1, 2}) {
      center.merge(header, Vector<double>::Constant(size, progress), 0, reply);
      CHECK(reply == center.parameters());
    }
    CHECK(center.parameters() == Vector<double>::Constant(size, 4));
    REQUIRE(seen.centers.size() == 3);
    CHECK(seen.centers[0] == 1);
    CHECK(seen.centers[1] == doctest::Approx(5 / 3.).epsilon(1e-15));
    CHECK(seen.centers[2] == doctest::Approx(3).epsilon(1e-15));
    CHECK(center.models().front() == center.result());
    CHECK((center.result().array() == seen.centers[2]).all());
  }
}

TEST_CASE("a decay of 0 gives the last center, the default nearly the mean of a few") {
  ObserverList<> nobody;
  Rng rng = Seed{1}.rng();
  auto last = make_center(MovingAverage{Downpour{}, 0.0}, 2, nobody);
  auto mean = make_center(MovingAverage{Downpour{}}, 2, nobody);
  Vector<double> reply(2), sum = Vector<double>::Zero(2), commit(2);
  double weights = 0;
  for (int i = 0; i < 40; ++i) {
    commit << normal(rng), normal(rng);
    last.merge(header, commit, 0, reply);
    mean.merge(header, commit, 0, reply);
    CHECK(last.result() == last.parameters());
    const double weight = std::pow(0.99, -i);  // the closed form
    sum += weight * mean.parameters();
    weights += weight;
    CHECK((mean.result() - sum / weights).norm() < 1e-11);
  }
}

TEST_CASE("traits of a center half pass through, but no two threads average one stripe") {
  ObserverList<> nobody;
  const auto traits = [&](const auto& rule) { return make_center(rule, 1, nobody).traits(); };
  CHECK(traits(MovingAverage{Downpour{}}).separable);
  CHECK(!traits(MovingAverage{Downpour{}}).replies_center);
  CHECK(traits(MovingAverage{Downpour{}}).averages);
  CHECK(!traits(Downpour{}).averages);
  CHECK(traits(MovingAverage{Averaging{}}).replies_center);
  CHECK(traits(MovingAverage{Averaging{}}).weighs_events);
  CHECK(traits(MovingAverage{Averaging{}}).schedule == Schedule::synchronous);
  CHECK(traits(MovingAverage{Ssp{.bound = 5}}).bound == 5);
#if defined(__cpp_lib_atomic_ref)
  CHECK(traits(Hogwild{}).concurrent);
  CHECK(!traits(MovingAverage{Hogwild{}}).concurrent);
#endif
  static_assert(OptimizesAtCenter<MovingAverage<SynchronousSgd>, float>);
  static_assert(!OptimizesAtCenter<MovingAverage<Downpour>, float>);
  static_assert(BringsOptimizer<MovingAverage<Eamsgd>, float>);
  static_assert(UpdateRule<MovingAverage<DiLoCo<>>, double>);
  static_assert(UpdateRule<MovingAverage<Easgd>, float>);
}

TEST_CASE("settings have names, and wrong ones are refused") {
  const Settings settings = describe_settings("rule", MovingAverage{Downpour{.period = 7}, 0.5});
  CHECK(settings[0] == std::pair<std::string, std::string>{"rule", "MovingAverage"});
  CHECK(settings.back() == std::pair<std::string, std::string>{"MovingAverage::decay", "0.5"});
  CHECK(std::ranges::any_of(settings, [](const auto& s) { return s.second == "7"; }));
  CHECK_THROWS_WITH_AS((MovingAverage{Downpour{}, 1.0}.validate(1)),
                       "MovingAverage::decay = 1, must be in [0, 1)", std::invalid_argument);
  CHECK_THROWS_AS((MovingAverage{Downpour{}, -0.1}.validate(1)), std::invalid_argument);
  CHECK_THROWS_WITH_AS((MovingAverage{Downpour{.period = -1}}.validate(1)),
                       "Downpour::period = -1, must be at least 1, or one_epoch",
                       std::invalid_argument);
}

TEST_CASE("advice for a moving average is that for its rule") {
  const QuadraticModel model{.learning_rate = 5, .curvature = 1};
  const auto advice = advise(MovingAverage{Downpour{}}, 8, model);
  const auto expected = advise(Downpour{}, 8, model);
  REQUIRE(!expected.empty());
  CHECK(advice.size() == expected.size());
  CHECK(advice[0].message == expected[0].message);
}

TEST_CASE("the path of an average is no path of a center with momentum") {
  EffectiveMomentum momentum{.gradient = [](ConstView<double>, View<double>) {}};
  ObserverList<decltype(momentum)> observers{momentum};
  auto center = make_center(MovingAverage{Downpour{}}, 1, observers);
  Vector<double> one = Vector<double>::Ones(1);
  CHECK_THROWS_AS(center.merge(header, one, 0, one), std::invalid_argument);
}
