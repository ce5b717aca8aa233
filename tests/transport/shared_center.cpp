#include <tributary/transport/detail/shared_center.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <exception>
#include <latch>
#include <span>
#include <stdexcept>
#include <thread>
#include <tributary/center/center.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/rule/ssp.hpp>
#include <vector>

using namespace tributary;

namespace {
constexpr Index size = 5000;  // several stripes

Vector<double> all(double number) { return Vector<double>::Constant(size, number); }

/// A center that sums commits, for threads of this process.
template <Schedule when, class Half = AddingCenter<double>>
struct Sum {
  explicit Sum(int workers, const Half& half = {})
      : center{[half](const Vector<double>&) { return half; }, all(0), workers, nobody},
        shared{center, workers} {}

  void post(int rank, double number) {
    shared.post({.worker = rank, .steps = 1}, commit(rank, number), 1);
  }
  const Vector<double>& commit(int rank, double number) {
    return commits[static_cast<std::size_t>(rank)] = all(number);
  }
  ObserverList<> nobody;
  Center<double, when, Half, ObserverList<>> center;
  detail::SharedCenter<double> shared;
  std::vector<Vector<double>> commits = std::vector<Vector<double>>(8);
};

template <class Live>
void in_threads(int workers, const Live& live) {
  std::vector<std::jthread> threads;
  for (int rank = 0; rank < workers; ++rank) threads.emplace_back([&live, rank] { live(rank); });
}
}  // namespace

TEST_CASE("the threads of a round all get the sum of their commits, each once") {
  constexpr int workers = 4, rounds = 20;
  Sum<Schedule::synchronous> sum{workers};
  std::atomic<int> wrong = 0;
  in_threads(workers, [&](int rank) {
    for (int round = 1; round <= rounds; ++round) {
      sum.post(rank, 1 << rank);
      const Vector<double>* const reply = sum.shared.await(rank, 0);
      if (!reply || *reply != all(15 * round)) ++wrong;
    }
    sum.shared.leave(rank);
  });
  sum.shared.finish();
  CHECK(wrong == 0);
  CHECK(sum.center.tally().merges == rounds);
  CHECK(sum.center.parameters() == all(15 * rounds));
}

TEST_CASE("a worker that leaves is in no further round, and one that joins is in the next") {
  Sum<Schedule::synchronous> sum{2};
  sum.post(0, 1);
  sum.shared.leave(1);
  CHECK(*sum.shared.await(0, 0) == all(1));
  Vector<double> parameters;
  sum.shared.join(1, parameters, 1);
  CHECK(parameters == all(1));
  in_threads(2, [&](int rank) {
    sum.post(rank, 10);
    sum.shared.await(rank, 0);
  });
  CHECK(sum.center.parameters() == all(21));
  CHECK(sum.center.tally().merges == 2);
}

TEST_CASE("each asynchronous commit is merged once, and its reply contains it") {
  constexpr int workers = 4, times = 200;
  Sum<Schedule::asynchronous> sum{workers};
  std::atomic<int> wrong = 0;
  in_threads(workers, [&](int rank) {
    for (int n = 1; n <= times; ++n) {
      sum.post(rank, 1);
      const Vector<double>* const reply = sum.shared.await(rank, 0);
      if (!reply || reply->minCoeff() < n || reply->maxCoeff() > workers * times) ++wrong;
    }
    sum.shared.leave(rank);
  });
  sum.shared.finish();
  CHECK(wrong == 0);
  CHECK(sum.center.parameters() == all(workers * times));
  CHECK(sum.center.tally().merges == workers * times);
}

TEST_CASE("under a bound of 1 a worker waits for its second reply until the other has committed") {
  Sum<Schedule::stale_synchronous, BoundedCenter<double>> sum{2, {{}, 1}};
  sum.post(0, 1);
  CHECK(*sum.shared.await(0, 0) == all(1));
  sum.post(0, 1);
  std::atomic<bool> answered = false;
  {
    const std::jthread waiting{[&] {
      const Vector<double>* const reply = sum.shared.await(0, 0);
      answered = reply && *reply == all(12);  // the other's commit was there before
    }};
    sum.post(1, 10);
  }
  CHECK(answered);
}

TEST_CASE("a worker that returns under a bound begins once the other is near enough") {
  Sum<Schedule::stale_synchronous, BoundedCenter<double>> sum{2, {{}, 1}};
  sum.post(0, 1);
  CHECK(*sum.shared.await(0, 0) == all(1));
  sum.post(0, 1);
  sum.shared.leave(0);  // it has no work just now
  Vector<double> parameters;
  {
    const std::jthread returning{[&] { sum.shared.join(0, parameters, 0); }};
    sum.post(1, 10);
  }
  CHECK(parameters == all(12));  // the other's commit was there before
}

TEST_CASE("the bound holds after a restart") {
  Sum<Schedule::stale_synchronous, BoundedCenter<double>> before{2, {{}, 1}};
  before.post(0, 1);
  std::vector<std::byte> saved;
  before.shared.hold_still([&] {
    before.center.save(saved);
    before.shared.save(saved);
  });
  Sum<Schedule::stale_synchronous, BoundedCenter<double>> after{2, {{}, 1}};
  std::span<const std::byte> state{saved};
  REQUIRE(after.center.restore(state));
  REQUIRE(after.shared.restore(state));
  CHECK(state.empty());
  after.post(0, 1);
  std::atomic<bool> answered = false;
  {
    const std::jthread waiting{[&] {
      const Vector<double>* const reply = after.shared.await(0, 0);
      answered = reply && *reply == all(12);
    }};
    after.post(1, 10);
  }
  CHECK(answered);
}

TEST_CASE("a failure wakes waiting workers, and leaves by finish()") {
  Sum<Schedule::synchronous> sum{2};
  sum.post(0, 1);
  bool woken = false;
  {
    const std::jthread waiting{[&] { woken = sum.shared.await(0, 0) == nullptr; }};
    sum.shared.fail(std::make_exception_ptr(std::runtime_error{"worker 1 is ill"}));
  }
  CHECK(woken);
  CHECK(sum.shared.flow() == Flow::stop);
  CHECK(sum.shared.failure() == "worker 1 is ill");
  CHECK_THROWS_WITH_AS(sum.shared.finish(), "worker 1 is ill", std::runtime_error);
}

TEST_CASE("an observer that ends the run at any event wakes waiting workers") {
  struct Ender {
    Flow on(const Notice&) const { return Flow::stop; }
    Flow on(const Span& span) const {
      return span.activity == Activity::waiting ? Flow::stop : Flow::proceed;
    }
  } ender;
  ObserverList<Ender> observers{ender};
  const auto half = [](const Vector<double>&) { return AddingCenter<double>{}; };
  const Vector<double> commit = all(1);
  for (const bool by_notice : {true, false}) {
    Center<double, Schedule::synchronous, AddingCenter<double>, ObserverList<Ender>> center{
        half, all(0), 2, observers};
    detail::SharedCenter<double> shared{center, 2};
    bool woken = false;
    shared.post({.worker = 0}, commit, 1);
    {
      const std::jthread waiting{[&] { woken = shared.await(0, 0) == nullptr; }};
      if (by_notice) {
        shared.notify(Notice{"worker 1 is slow", 0});
      } else {
        shared.post({.worker = 1}, commit, 1);
        CHECK(shared.await(1, 0) == nullptr);
      }
    }
    CHECK(woken);
  }
}

TEST_CASE("a commit whose merge has begun when the run ends is merged whole, and counted") {
  Sum<Schedule::asynchronous> sum{2};
  const auto merge = [&](int rank, double number, const auto& at_half) {
    const CommitHeader header{.worker = rank, .steps = 3, .events = 7};
    detail::SharedCenter<double>::Merging merging{sum.shared, header, 3};
    merging.merge(0, sum.commit(rank, number));
    merging.pause();
    at_half();
    for (Index i = 1; i < sum.center.stripes(); ++i) merging.merge(i, sum.commit(rank, number));
    merging.finish();
  };
  merge(0, 1, [&] { sum.shared.stop(); });
  merge(1, 10, [] {});  // too late
  CHECK(sum.shared.await(0, 0) == nullptr);
  CHECK(sum.center.parameters() == all(1));
  CHECK(sum.center.tally().merges == 1);
  CHECK(sum.center.tally().steps == 3);
  CHECK(sum.center.tally().events == 7);
  CHECK(sum.center.tally().staleness == std::vector<std::uint64_t>{1});
}

TEST_CASE("a round that is complete when the run ends is merged whole, and counted") {
  Sum<Schedule::synchronous> sum{2};
  sum.post(0, 1);
  sum.post(1, 10);
  sum.shared.stop();
  CHECK(sum.shared.await(0, 0) == nullptr);
  CHECK(sum.center.parameters() == all(11));
  CHECK(sum.center.tally().merges == 1);
  CHECK(sum.center.tally().steps == 2);
}

TEST_CASE("hold_still sees complete commits only") {
  constexpr int workers = 3, times = 100;
  Sum<Schedule::asynchronous> sum{workers};
  int halves = 0, looks = 0;
  std::latch begun{1};
  {
    std::vector<std::jthread> threads;
    for (int rank = 0; rank < workers; ++rank) {
      threads.emplace_back([&sum, &begun, rank] {
        begun.wait();
        for (int n = 0; n < times; ++n) {
          sum.post(rank, 1);
          sum.shared.await(rank, 0);
        }
      });
    }
    begun.count_down();
    for (; looks < 50; ++looks) {
      sum.shared.hold_still([&] {
        const Vector<double>& parameters = sum.center.parameters();
        halves += parameters != all(parameters[0]);
      });
    }
  }
  CHECK(halves == 0);
  CHECK(sum.center.parameters() == all(workers * times));
}
