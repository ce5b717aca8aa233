// The effect of each rule on a worker and a center, computed by hand, and the laws of every rule.
#include "support/rules.hpp"

#include <doctest/doctest.h>

#include "support/shards.hpp"

using namespace tributary;

namespace {
/// One cycle of one worker against one center.
template <class Rule>
struct Pair {
  explicit Pair(const Rule& rule, const Vector<double>& start, int workers = 1)
      : worker{start},
        center{start},
        commit(start.size()),
        reply(start.size()),
        worker_half{rule.make_worker_half(start, workers)},
        center_half{make_center_half<double>(rule, start, workers, Sgd{.learning_rate = 0.5})} {}
  void post(std::uint64_t staleness = 0) {
    worker_half.prepare(worker, commit);
    center_half.merge(center, commit, {.staleness = staleness}, reply);
  }
  void await() { worker_half.adopt(worker, commit, reply); }

  Vector<double> worker, center, commit, reply;
  WorkerHalfOf<Rule, double> worker_half;
  decltype(make_center_half<double>(std::declval<Rule>(), Vector<double>{}, 1, Sgd{})) center_half;
};
const Vector<double> zero = Vector<double>::Zero(2), one = Vector<double>::Ones(2);
}  // namespace

TEST_CASE("EASGD: an exchange conserves worker + center, alpha = 1 swaps, overlap commutes") {
  const Vector<double> x{{1, 2}}, c{{5, -1}}, step{{0.5, 0.25}};
  for (const double alpha : {0.25, 1.0}) {
    Pair<Easgd> pair{Easgd{.moving_rate = MovingRate::alpha(alpha)}, zero};
    pair.worker = x;
    pair.center = c;
    pair.post();
    pair.await();
    CHECK((pair.worker + pair.center - x - c).norm() < 1e-15);
    CHECK((pair.center - c - alpha * (x - c)).norm() < 1e-15);
    if (alpha == 1) {
      CHECK(pair.worker == c);
      CHECK(pair.center == x);
    }
    Pair<Easgd> ahead{Easgd{.moving_rate = MovingRate::alpha(alpha)}, zero};
    ahead.worker = x;
    ahead.center = c;
    ahead.post();
    ahead.worker += step;
    ahead.await();
    CHECK((ahead.worker - pair.worker - step).norm() < 1e-15);
    CHECK(ahead.center == pair.center);
  }
}

TEST_CASE("DOWNPOUR: every local step reaches the center once, for any overlap and fetch_period") {
  for (const int every : {1, 2, 3}) {
    for (const int overlap : {0, 1}) {
      Pair<Downpour> pair{Downpour{.period = 2, .overlap = overlap, .fetch_period = 2 * every},
                          zero};
      for (int cycle = 0; cycle < 6; ++cycle) {
        pair.worker += (2 - overlap) * one;
        pair.post();
        pair.worker += overlap * one;
        pair.center += 100.0 * one;  // others
        pair.await();
      }
      CHECK(pair.center[0] == 600 + 12 - overlap);
      CHECK(pair.worker[0] == 500 + 12);  // the others, up to the last fetch
    }
  }
}

TEST_CASE("ADAG divides the progress of a worker by the period") {
  Pair<Adag> pair{Adag{.period = 4}, zero};
  pair.worker += 8.0 * one;
  pair.post();
  pair.await();
  CHECK(pair.center == 2.0 * one);
  CHECK(pair.worker == 2.0 * one);
}

TEST_CASE("DynSGD divides by staleness + 1") {
  Pair<DynSgd> pair{DynSgd{}, zero};
  pair.worker += 8.0 * one;
  pair.post(3);
  pair.await();
  CHECK(pair.center == 2.0 * one);
  CHECK(pair.worker == 2.0 * one);
}

TEST_CASE("synchronous SGD commits the mean gradient, and the optimizer steps at the center") {
  Pair<SynchronousSgd> pair{SynchronousSgd{.period = 2}, zero};
  double next = 1;
  const auto oracle = [&](ConstView<double> at, View<double> gradient) -> Loss {
    CHECK(at == pair.center);
    gradient.setConstant(next);
    next += 2;
    return 0;
  };
  for (int round = 0; round < 2; ++round) {
    pair.worker_half.step(pair.worker, oracle);
    pair.worker_half.step(pair.worker, oracle);
    CHECK(pair.worker == pair.center);  // it has not moved
    pair.post();
    pair.await();
    CHECK(pair.commit[0] == (round == 0 ? 2 : 6));  // the mean of 1, 3 and of 5, 7
  }
  CHECK(pair.center == -0.5 * (2 + 6) * one);
}

TEST_CASE("MovingRate: alpha, beta / workers, rho * learning_rate") {
  CHECK(MovingRate::beta(0.9).of(3) == 0.9 / 3);
  CHECK(MovingRate::alpha(0.5).of(3) == 0.5);
  CHECK(MovingRate::rho(5, 0.1).of(3) == 0.5);
  CHECK_THROWS_WITH_AS(MovingRate::beta(2).validate(1), "moving_rate: alpha = 2, must be in (0, 1]",
                       std::invalid_argument);
  CHECK_NOTHROW(MovingRate::beta(2).validate(2));
}

TEST_CASE_TEMPLATE("merging by shards is merging the whole", Rule, Averaging, SynchronousSgd,
                   SynchronousEasgd, Easgd, Eamsgd, Downpour, Adag, DynSgd, Independent) {
  test::merges_shards_as_the_whole(Rule{}, Nesterov{});
}
