#include <tributary/worker/worker.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <stop_token>
#include <tributary/data/shares.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/averaging.hpp>
#include <vector>

#include "support/moved_rows.hpp"

using namespace tributary;

namespace {

using Row = std::vector<std::size_t>;

using Rows = test::NumberedRows;

/// Records its batches.
struct Diary {
  using Scalar = double;
  using Batch = Row;
  std::vector<Batch>* seen;

  Index parameter_count() const { return 1; }
  void initialize(View<double> parameters, Rng&) const { parameters.setZero(); }
  Loss loss_and_gradient(ConstView<double>, const Batch& batch, View<double> gradient) const {
    seen->push_back(batch);
    gradient.setZero();
    return 0;
  }
};

/// 2 shares of 40 rows, in 3 epochs of 10 steps each.
const Rows data{80};
const Shares shares{data, 2, 4, Seed{3}};
const std::uint64_t epoch = 10, end = 30;
ShuffledBatches<Rows, ShareRows> batches(const Lease& lease) {
  return shares.batches(lease.share, lease.begin);
}

struct Trainee {
  std::vector<Row> seen = {};
  const Vector<double> center = Vector<double>::Zero(1);
  std::vector<int> commits = {};  ///< Steps in each.
  Worker<Diary, ShuffledBatches<Rows, ShareRows>, Sgd, Averaging> worker;

  Trainee(int rank, const Averaging& rule)
      : worker{
            {.rank = rank,
             .workers = 2,
             .model = Diary{&seen},
             .batches_of = batches,
             .optimizer = Sgd{},
             .rule = rule,
             .period = rule.period == one_epoch ? epoch : static_cast<std::uint64_t>(rule.period),
             .lease = {rank, 0, end}},
            center} {
    worker.start(center, {});
  }
  Trainee(Trainee&&) = delete;

  /// False when the lease is spent.
  bool cycle() {
    if (!worker.advance()) return false;
    commits.push_back(worker.header().steps);
    worker.run_ahead();
    worker.adopt(center);
    return true;
  }
  void all() {
    while (cycle()) {
    }
  }
  std::uint64_t committed() const {
    std::uint64_t sum = 0;
    for (const int steps : commits) sum += static_cast<std::uint64_t>(steps);
    return sum;
  }
};

std::vector<Row> batches_of(const Lease& lease) {
  std::vector<Row> all;
  auto source = batches(lease);
  for (std::uint64_t i = lease.begin; i < lease.end; ++i) all.push_back(source.next());
  return all;
}

}  // namespace

TEST_CASE("the work of a lost worker is done by another, each row once an epoch") {
  for (const Averaging& rule :
       {Averaging{.period = 3}, Averaging{.period = 4, .overlap = 1},
        Averaging{.period = 4, .overlap = 4}, Averaging{.period = one_epoch}}) {
    for (int cycles = 0; cycles < 4; ++cycles) {
      CAPTURE(rule.overlap);
      CAPTURE(cycles);
      Trainee lost{1, rule}, other{0, rule};
      for (int i = 0; i < cycles; ++i) CHECK(lost.cycle());
      other.all();
      other.worker.take({1, lost.committed(), end});
      other.all();
      CHECK(lost.committed() + other.committed() == 2 * end);

      std::vector<int> times(data.size(), 0);
      const auto count = [&](const std::vector<Row>& batches, std::uint64_t steps) {
        for (std::uint64_t i = 0; i < steps; ++i)
          for (const std::size_t row : batches[i]) ++times[row];
      };
      count(lost.seen, lost.committed());
      count(other.seen, other.seen.size());
      CHECK(times == std::vector<int>(data.size(), 3));
      CHECK(std::vector(other.seen.begin() + end, other.seen.end()) ==
            batches_of({1, lost.committed(), end}));
    }
  }
}

TEST_CASE("a worker whose work ends sooner commits all its steps, and no more") {
  for (const int overlap : {0, 1, 2, 4}) {
    for (std::uint64_t sooner = 0; sooner < end; ++sooner) {
      CAPTURE(overlap);
      CAPTURE(sooner);
      Trainee trainee{0, {.period = 4, .overlap = overlap}};
      for (int i = 0; i < 3; ++i) trainee.cycle();
      trainee.worker.end_at(sooner);
      trainee.all();
      const std::uint64_t expected = std::max<std::uint64_t>(sooner, 12);
      CHECK(trainee.committed() == expected);
      CHECK(trainee.seen == batches_of({0, 0, expected}));
    }
  }
}

TEST_CASE("a worker continues the rest of its own share at the point where it had stopped") {
  Trainee trainee{0, {.period = 4}};
  trainee.worker.end_at(13);
  trainee.all();
  trainee.worker.take({0, 13, 20});
  trainee.all();
  trainee.worker.take({0, 24, end});  // others did those between
  trainee.all();
  auto expected = batches_of({0, 0, 20});
  for (const Row& batch : batches_of({0, 24, end})) expected.push_back(batch);
  CHECK(trainee.seen == expected);
}

TEST_CASE("the period one_epoch also holds in pieces of other shares") {
  Trainee trainee{0, {.period = one_epoch}};
  trainee.all();
  CHECK(trainee.commits == std::vector{10, 10, 10});
  trainee.worker.take({1, 7, 29});
  trainee.all();
  CHECK(trainee.commits == std::vector{10, 10, 10, 10, 10, 2});
}

TEST_CASE("a worker that starts again commits none of its earlier steps") {
  Trainee trainee{0, {.period = 4, .overlap = 3}};
  trainee.cycle();
  CHECK(trainee.commits == std::vector{1});
  trainee.worker.start(trainee.center, {});
  trainee.worker.take({0, 1, 9});  // including the 3 that it was ahead
  trainee.all();
  CHECK(trainee.commits == std::vector{1, 1, 7});
  CHECK(trainee.worker.header().worker == 0);
}

TEST_CASE("a worker that is asked to stop takes no step, whatever its new end") {
  for (const int overlap : {0, 1, 4}) {
    CAPTURE(overlap);
    Trainee trainee{0, {.period = 4, .overlap = overlap}};
    std::stop_source stop;
    trainee.worker.start(trainee.center, stop.get_token());
    trainee.cycle();
    const std::size_t steps = trainee.seen.size();
    stop.request_stop();
    trainee.worker.end_at(end);  // from a reply
    while (trainee.cycle()) trainee.worker.end_at(end);
    CHECK(trainee.seen.size() == steps);
    CHECK(trainee.committed() == steps);  // those taken ahead are in a last commit
    CHECK(trainee.commits.size() == (overlap == 0 ? 1u : 2u));
  }
}
