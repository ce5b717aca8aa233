#include <tributary/transport/detail/scheduler.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

using tributary::Schedule;
using tributary::detail::Scheduler;

TEST_CASE("an asynchronous worker does not wait") {
  Scheduler scheduler{Schedule::asynchronous, 0, 3};
  CHECK(scheduler.post(0) == 1);
  CHECK(scheduler.post(0) == 2);
  CHECK_FALSE(scheduler.round_is_complete());
  CHECK(scheduler.limit() == std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("a round is complete when every present worker has posted") {
  Scheduler scheduler{Schedule::synchronous, 0, 3};
  CHECK_FALSE(scheduler.round_is_complete());  // nobody has
  CHECK(scheduler.post(2) == 1);
  CHECK(scheduler.post(0) == 1);
  CHECK_FALSE(scheduler.round_is_complete());
  CHECK(scheduler.limit() == 0);
  CHECK(scheduler.post(1) == 1);
  CHECK(scheduler.round_is_complete());
  scheduler.close_round();
  CHECK_FALSE(scheduler.round_is_complete());
  CHECK(scheduler.limit() == 1);
}

TEST_CASE("a round is complete when the worker that it waits for leaves") {
  Scheduler scheduler{Schedule::synchronous, 0, 2};
  scheduler.post(0);
  scheduler.leave(1);
  scheduler.leave(1);  // it has left already
  CHECK(scheduler.round_is_complete());
  scheduler.close_round();
  scheduler.leave(0);
  CHECK_FALSE(scheduler.round_is_complete());  // nobody is there
}

TEST_CASE("the commit of a worker that leaves is no longer in its round") {
  Scheduler scheduler{Schedule::synchronous, 0, 2};
  scheduler.post(0);
  scheduler.leave(0);
  CHECK_FALSE(scheduler.round_is_complete());  // worker 1 has not posted
  scheduler.post(1);
  CHECK(scheduler.round_is_complete());  // of worker 1 alone
}

TEST_CASE("a worker that joins takes part in the next round") {
  Scheduler scheduler{Schedule::synchronous, 0, 2};
  scheduler.leave(1);
  for (std::uint64_t round = 1; round <= 5; ++round) {
    CHECK(scheduler.post(0) == round);
    REQUIRE(scheduler.round_is_complete());
    scheduler.close_round();
  }
  scheduler.join(1);
  scheduler.join(1);  // it is present already
  CHECK(scheduler.post(0) == 6);
  CHECK_FALSE(scheduler.round_is_complete());
  CHECK(scheduler.post(1) == 6);
  CHECK(scheduler.round_is_complete());
}

TEST_CASE("a worker that commits after it has left is in the round again") {
  Scheduler scheduler{Schedule::synchronous, 0, 2};
  scheduler.leave(1);
  CHECK(scheduler.post(1) == 1);
  CHECK_FALSE(scheduler.round_is_complete());  // worker 0 has not posted
  CHECK(scheduler.post(0) == 1);
  CHECK(scheduler.round_is_complete());
}

TEST_CASE("under a bound of 2 a worker is answered up to 2 commits ahead of the slowest") {
  Scheduler scheduler{Schedule::stale_synchronous, 2, 3};
  CHECK(scheduler.limit() == 2);
  for (std::uint64_t n = 1; n <= 3; ++n) CHECK(scheduler.post(0) == n);  // its third waits
  CHECK(scheduler.limit() == 2);
  scheduler.post(1);
  CHECK(scheduler.limit() == 2);  // worker 2 has none
  scheduler.post(2);
  CHECK(scheduler.limit() == 3);
  scheduler.leave(1);
  scheduler.leave(2);
  CHECK(scheduler.limit() == 5);  // worker 0 alone
}

TEST_CASE("a worker that joins under a bound is as far as the slowest, and never behind itself") {
  Scheduler scheduler{Schedule::stale_synchronous, 1, 2};
  scheduler.leave(1);
  for (int n = 0; n < 7; ++n) scheduler.post(0);
  scheduler.join(1);  // at 7
  CHECK(scheduler.limit() == 8);
  scheduler.post(1);
  scheduler.post(1);  // at 9
  scheduler.leave(1);
  scheduler.join(1);
  scheduler.post(0);
  scheduler.post(0);
  scheduler.post(0);  // at 10
  CHECK(scheduler.limit() == 10);
}

TEST_CASE("a bound counts the commits of before a restart") {
  Scheduler before{Schedule::stale_synchronous, 2, 2};
  for (int n = 0; n < 5; ++n) before.post(0);
  before.post(1);
  std::vector<std::byte> saved;
  before.save(saved);
  for (const std::uint64_t most : {4u, 5u}) {
    Scheduler after{Schedule::stale_synchronous, 2, 2};
    std::span<const std::byte> state{saved};
    REQUIRE(bool{after.restore(state, most)} == (most == 5));  // worker 0 has 5
    if (most == 4) continue;
    CHECK(state.empty());
    CHECK(after.limit() == 3);  // of worker 1
    CHECK(after.post(0) == 6);
  }
  std::span<const std::byte> cut{saved.data(), saved.size() - 1};
  CHECK_FALSE(before.restore(cut, 5));
}

TEST_CASE("a worker that is to come begins as far as the slowest one") {
  Scheduler scheduler{Schedule::stale_synchronous, 1, 3};
  for (int n = 0; n < 9; ++n) scheduler.post(2);  // of a worker that is lost
  for (int n = 0; n < 4; ++n) scheduler.post(0);
  scheduler.leave(1);
  scheduler.leave(2);
  scheduler.reserve(1);
  scheduler.reserve(2);
  CHECK(scheduler.limit() == 5);
  CHECK(scheduler.post(2) == 5);
}
