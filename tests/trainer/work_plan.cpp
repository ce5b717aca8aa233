#include <tributary/trainer/detail/work_plan.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "support/moved_rows.hpp"

using namespace tributary;

namespace {

using Row = std::vector<std::size_t>;

using Rows = test::NumberedRows;

detail::WorkPlan<Rows> plan(const Rows& data, const TrainOptions& options, int period,
                            Schedule schedule = Schedule::asynchronous) {
  return {data, options, {schedule, period, false}};
}
/// The first lease of a worker, which no other worker has.
Lease first_lease(Ledger ledger, int rank) {
  ledger.begin(rank);
  return ledger.lease(rank);
}

}  // namespace

TEST_CASE("a period of one epoch is as many steps for the ledger as for the workers") {
  const Rows data{42};  // 2 shares of 21 rows, each 6 batches of at most 4
  const TrainOptions options{.epochs = 5, .batch_size = 4};
  const auto whole = plan(data, options, one_epoch), three = plan(data, options, 3);
  CHECK(whole.shares(2).steps_per_epoch() == 6);
  CHECK(whole.cycle(6) == 6);
  CHECK(three.cycle(6) == 3);
  // A ledger admits two cycles at a time.
  const auto most = [](Ledger ledger) {
    ledger.begin(0);
    std::uint64_t steps = 0;
    while (ledger.admits(0, steps + 1)) ++steps;
    return steps;
  };
  CHECK(most(whole.ledger(2)) == 12);
  CHECK(most(three.ledger(2)) == 6);
  const std::array<std::uint64_t, 2> rows{21, 9};  // 6 batches and 3
  CHECK(most(whole.ledger_of_parts(rows)) == 12);
  CHECK(most(three.ledger_of_parts(rows)) == 6);
}

TEST_CASE("a worker and the ledger agree on its first lease") {
  const Rows data{42};
  for (const int workers : {1, 2, 3}) {
    const auto work = plan(data, {.epochs = 5, .batch_size = 4}, 2);
    const std::uint64_t steps = work.steps(work.shares(workers).steps_per_epoch());
    for (int rank = 0; rank < workers; ++rank)
      CHECK(first_lease(work.ledger(workers), rank) == Lease{rank, 0, steps});
  }
  const auto parts =
      plan(data, {.epochs = 5, .batch_size = 4, .data_placement = DataPlacement::partitioned}, 2);
  const std::array<std::uint64_t, 3> rows{7, data.count, 30};
  CHECK(first_lease(parts.ledger_of_parts(rows), 1) ==
        Lease{1, 0, parts.steps(parts.shares(3).steps_per_epoch())});
}

TEST_CASE("workers with rows of their own take all of them, in as many steps as their lease says") {
  const Rows data{10};
  const auto work =
      plan(data, {.epochs = 2, .batch_size = 4, .data_placement = DataPlacement::partitioned}, 1,
           Schedule::synchronous);
  const auto batches = work.batches(work.shares(7));
  for (const std::uint64_t epoch : {3, 5, 10}) {  // others have more rows
    auto source = batches({6, 0, 2 * epoch});
    std::vector<int> times(data.count, 0);
    for (std::uint64_t i = 0; i < 2 * epoch; ++i)
      for (const std::size_t row : source.next()) ++times[row];
    CHECK(times == std::vector<int>(data.count, 2));
  }
  CHECK_THROWS_WITH_AS(static_cast<void>(batches({6, 0, 22})),
                       "steps of a lease in an epoch = 11, must be at most one for each row of "
                       "this process",
                       std::invalid_argument);
}
