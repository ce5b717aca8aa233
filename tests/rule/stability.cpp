#include <tributary/rule/stability.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <string>

#include "support/foretells.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {

/// The spectral radius of a round of workers in turn or at once, to about 1e-2, by the rule's own
/// halves. Local steps are Nesterov's, or plain ones.
template <class Rule>
double growth(const Rule& rule, int workers, double steepness, double momentum = 0) {
  struct Part {
    WorkerHalfOf<Rule, double> half;
    Vector<double> x, v, commit;
  };
  const Vector<double> start = Vector<double>::Ones(1);
  std::vector<Part> parts;
  for (int i = 0; i < workers; ++i) {  // apart, so that every mode is excited
    const Vector<double> x = start * (1 + 0.37 * i);
    parts.push_back({rule.template make_worker_half<double>(start, workers), x, 0 * x, x});
  }
  auto center_half = rule.template make_center_half<double>(start, workers);
  Vector<double> center = 0.6 * start, reply = center, sum = center;
  const auto steps = [&](Part& part, int count) {
    for (int i = 0; i < count; ++i) {
      part.v = momentum * part.v - steepness * (part.x + momentum * part.v);
      part.x += part.v;
      if (momentum == 0) part.v.setZero();
    }
  };
  const MergeInfo info{0, Rule::schedule == Schedule::synchronous ? workers : 1,
                       static_cast<std::uint64_t>(workers - 1)};
  double logarithm = 0;
  constexpr int warm_up = 200, rounds = 400;
  for (int round = 0; round < rounds; ++round) {
    sum.setZero();
    for (Part& part : parts) {
      steps(part, rule.period - rule.overlap);
      part.half.prepare(part.x, part.commit);
      steps(part, rule.overlap);
      sum += part.commit;
      if constexpr (Rule::schedule == Schedule::asynchronous) {
        center_half.merge(center, part.commit, info, reply);
        part.half.adopt(part.x, part.commit, reply);
      }
    }
    if constexpr (Rule::schedule == Schedule::synchronous) {
      if constexpr (WeighsEvents<decltype(center_half)>) sum /= workers;
      center_half.merge(center, sum, info, reply);
      for (Part& part : parts) part.half.adopt(part.x, part.commit, reply);
    }
    double norm = center.norm();
    for (const Part& part : parts) norm += part.x.norm() + part.v.norm();
    if (round == warm_up) logarithm = std::log(norm);
    if (round == rounds - 1) return std::exp((std::log(norm) - logarithm) / (rounds - 1 - warm_up));
    if (norm < 1e-200) return 0;
    if (norm > 1e200) return 1e3;
  }
  return 1;
}

}  // namespace

TEST_CASE("synchronous EASGD diverges just beyond the bound of its advice") {
  for (const int p : {1, 4, 16}) {
    for (const double steep : {0.1, 0.8}) {  // the bounds of the literature, at period 1
      const double eta = steep / h;
      turns_at_alpha((4 - 2 * steep) / (2 * (p + 1) - steep * p), p,
                     SynchronousEasgd{.period = 1, .overlap = 1}, eta);
      turns_at_alpha((4 - 2 * steep) / (2 * (p + 1) - steep * p - 2 * steep), p,
                     SynchronousEasgd{.period = 1, .overlap = 0}, eta);
      for (const int overlap : {0, 1, 5}) {
        const double a = std::pow(1 - steep, 5), b = std::pow(1 - steep, 5 - overlap);
        turns_at_alpha(2 * (1 + a) / (2 * b + p * (1 + a)), p,
                       SynchronousEasgd{.period = 5, .overlap = overlap}, eta);
      }
    }
  }
}

TEST_CASE("round-robin EASGD diverges just beyond the bound of its advice") {
  for (const int p : {1, 3, 7}) {
    for (const double steep : {0.5, 1.0}) {
      turns_at_alpha((4 - 2 * steep) / (4 - steep), p, Easgd{.period = 1}, steep / h);
      const double a = std::pow(1 - steep, 4);
      turns_at_alpha(2 * (1 + a) / (3 + a), p, Easgd{.period = 4, .overlap = 4}, steep / h);
    }
  }
  const Eamsgd heavy{
      .learning_rate = 0.5 / h, .moving_rate = MovingRate::alpha(0.9), .period = 2, .overlap = 2};
  const auto advice = advise(heavy, 3, {.curvature = h});
  REQUIRE(advice.size() == 1);
  Eamsgd lighter = heavy;
  lighter.moving_rate = MovingRate::alpha(0.8 * advice[0].bound);
  foretells(true, 3, lighter, {.curvature = h});
  lighter.moving_rate = MovingRate::alpha(1.02 * advice[0].bound);
  foretells(false, 3, lighter, {.curvature = h});

  // For two workers the exact bound is a little higher.
  const Easgd even{.moving_rate = MovingRate::alpha(0.7), .period = 1};
  const QuadraticModel model{.learning_rate = 1 / h, .curvature = h};
  REQUIRE(advise(even, 2, model).size() == 1);
  CHECK(!advise(even, 2, model)[0].proven);
  CHECK_NOTHROW(require_stable(even, 2, model));
}

TEST_CASE("an elastic center stabilizes single steps that would grow alone") {
  const SynchronousEasgd held{.moving_rate = MovingRate::alpha(0.2), .period = 1, .overlap = 0};
  foretells(true, 4, held, {.learning_rate = 2.05 / h, .curvature = h},
            Sgd{.learning_rate = 2.05 / h});
}

TEST_CASE("settings with a proven advice grow and settings without do not, over a grid") {
  int advised = 0, silent = 0;
  const auto look = [&](const auto& rule, int workers, double steep, double momentum, bool exact) {
    const auto advice = advise(rule, workers, {.learning_rate = steep, .curvature = 1});
    const bool grows_by_advice = !advice.empty() && advice[0].proven;
    if (!grows_by_advice && !(advice.empty() && exact)) return;
    CAPTURE(workers);
    CAPTURE(rule.period);
    CAPTURE(rule.overlap);
    CAPTURE(steep);
    CAPTURE(momentum);
    const double factor = growth(rule, workers, steep, momentum);
    if (grows_by_advice) {
      CHECK(factor > 0.99);
      ++advised;
    } else {
      CHECK(factor < 1.01);
      ++silent;
    }
  };
  for (const int p : {1, 2, 3, 8}) {
    for (const int period : {1, 2, 5}) {
      for (const int overlap : {0, 1, period}) {
        for (const double steep : {0.02, 0.1, 0.3, 0.7, 1.0, 1.4, 1.9, 2.2}) {
          const bool plain = overlap == 0;
          look(Downpour{.period = period, .overlap = overlap}, p, steep, 0, plain);
          look(Adag{.period = period, .overlap = overlap}, p, steep, 0, plain);
          look(DynSgd{.period = period, .overlap = overlap}, p, steep, 0, plain);
          look(Averaging{.period = period, .overlap = overlap}, p, steep, 0, true);
          for (const double alpha : {0.05, 0.2, 0.4, 0.6, 0.8, 1.0}) {
            const MovingRate rate = MovingRate::alpha(alpha);
            look(SynchronousEasgd{rate, period, overlap}, p, steep, 0, steep <= 1);
            look(Easgd{rate, period, overlap}, p, steep, 0, steep <= 1);
            look(Eamsgd{steep, 0.9, rate, period, overlap}, p, steep, 0.9, false);
          }
        }
      }
    }
  }
  MESSAGE(advised << " settings with advice, " << silent << " without");
  CHECK(advised > 1000);
  CHECK(silent > 1000);
}

TEST_CASE("advice warns if ADAG is slow because it has fewer workers than steps in its window") {
  const auto advice = advise(Adag{.period = 5}, 2, {.learning_rate = 0.01, .curvature = 2});
  REQUIRE(advice.size() == 1);
  CHECK(advice[0].concern == Advice::Concern::slowness);
  CHECK(!advice[0].proven);
  CHECK(advice[0].figure == 2.5);
  CHECK(
      advice[0].message ==
      "Adag: progress of 2 workers with a window of 5: τ/p = 2.5, above 1: the center moves 1/2.5 "
      "times as fast as one worker alone, and 1/τ as far in as many epochs; try a learning_rate up "
      "to 2.5 times as large, a smaller period, more workers or epochs");
  CHECK_NOTHROW(require_stable(Adag{.period = 5}, 2, {.learning_rate = 0.01, .curvature = 2}));
  CHECK(advise(ParameterDistance{.period = 5}, 2, {}).size() == 1);
  CHECK(advise(Adag{.period = 5}, 5, {}).empty());
  // A divergence is reported first.
  CHECK(advise(Adag{.period = 5}, 2, {.learning_rate = 9, .curvature = 2})[0].concern ==
        Advice::Concern::divergence);

  // On a slope of 1: in the time of 20 steps, 40 in all, 2 workers with a window of 5 move as far
  // as one worker alone with 8.
  struct Slope : NoisyQuadratic {
    Loss loss_and_gradient(ConstView<double> x, const Batch&, View<double> gradient) const {
      gradient.setOnes();
      return x[0];
    }
  };
  const auto end = [](int workers, std::size_t rows, const auto& rule) {
    return Trainer{Slope{{.start = 0}}, Simulated{.workers = workers}, rule,
                   Sgd{.learning_rate = 0.125}}
        .train(Noise{.rows = rows}, {.batch_size = 1})
        .parameters()[0];
  };
  CHECK(end(1, 20, Independent{}) == -20 * 0.125);
  CHECK(end(2, 40, Adag{.period = 5}) == 2.0 / 5 * -20 * 0.125);
}

TEST_CASE("advice names figure, bound, formula and remedy") {
  const auto message = [](const auto& rule, int workers, const QuadraticModel& model) {
    const auto advice = advise(rule, workers, model);
    return advice.empty() ? std::string{} : advice[0].message;
  };
  const QuadraticModel model{.learning_rate = 0.01, .curvature = 2};
  CHECK(message(Downpour{.period = 20}, 20, model) ==
        "Downpour: delayed steps of 20 workers: 1 − (1 − ηh)^τ = 0.3324, stable below "
        "2 sin(π/(2(2d + 1))) = 0.08053 with d = 19; try a smaller learning_rate or period, fewer "
        "workers, or Adag");
  CHECK(message(Downpour{.period = 20, .overlap = 1}, 20, model).find("stable below about 2 sin") !=
        std::string::npos);
  CHECK(message(SynchronousEasgd{.moving_rate = MovingRate::alpha(0.5)}, 12, {}) ==
        "SynchronousEasgd: elastic pull of 12 workers: α = 0.5, stable below 2/(p + 1) = 0.1538; "
        "try a smaller moving_rate, such as MovingRate::beta(0.9)");
  CHECK(message(Easgd{.moving_rate = MovingRate::alpha(0.9), .period = 1}, 3,
                {.learning_rate = 0.5, .curvature = 2}) ==
        "Easgd: elastic pull of 3 workers: α = 0.9, stable below 1/(1/2 + b/(1 + a)) = 0.6667 with "
        "a = (1 − ηh)^τ, b = (1 − ηh)^(τ − overlap); try a smaller moving_rate, such as "
        "MovingRate::beta(0.9)");
  CHECK(message(Averaging{}, 3, {.learning_rate = 1.5, .curvature = 2}) ==
        "Averaging: local steps: ηh = 3, stable below 2; try a smaller learning rate");
  CHECK(message(Eamsgd{.learning_rate = 1}, 3, {.curvature = 2}) ==
        "Eamsgd: local steps: ηh = 2, stable below (2 + 2δ)/(1 + 2δ) = 1.357; try a smaller "
        "learning rate");
  CHECK(
      message(SynchronousSgd{.period = 2, .overlap = 2}, 3, {.learning_rate = 1, .curvature = 2}) ==
      "SynchronousSgd: steps at the center: ηh = 2, stable below τ/overlap = 1; try a smaller "
      "learning_rate");
}

TEST_CASE("there is no advice if nothing is known, or nothing is wrong") {
  const QuadraticModel unknown{.learning_rate = 100};
  CHECK(advise(Downpour{}, 20, unknown).empty());
  CHECK(advise(Averaging{}, 20, {.learning_rate = 100, .curvature = -3}).empty());
  CHECK(advise(SynchronousEasgd{}, 20, unknown).empty());
  CHECK(advise(Easgd{}, 20, unknown).empty());
  CHECK(advise(DcAsgd{.learning_rate = 1}, 20, {.curvature = 10}).empty());  // λ > 0
  CHECK(advise(Downpour{.period = one_epoch}, 20, {.learning_rate = 1, .curvature = 1}).empty());
  CHECK_THROWS_AS(advise(Averaging{}, 1, {.learning_rate = -1}), std::invalid_argument);
  CHECK_THROWS_AS(advise(Averaging{}, 1, {.curvature = std::nan("")}), std::invalid_argument);
  CHECK_THROWS_AS(advise(Downpour{}, 0, {}), std::invalid_argument);
}

namespace users {
struct Silent {};
struct Careful {};
std::vector<Advice> advise(const Careful&, int workers, const QuadraticModel&) {
  return {{"Careful: too few", double(workers), 3}, {"Careful: too many", double(workers), 1}};
}
}  // namespace users

TEST_CASE("your own rule gets no advice, or that of its own overload") {
  CHECK(advise(users::Silent{}, 3, {.learning_rate = 9, .curvature = 9}).empty());
  CHECK_NOTHROW(require_stable(users::Silent{}, 3, {}));
  CHECK_THROWS_WITH_AS(require_stable(users::Careful{}, 2, {}),
                       "Careful: too few\nCareful: too many", std::invalid_argument);
}
