#include <tributary/transport/tcp/roster.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

using namespace tributary;
using detail::Roster;

namespace {

struct HubSettings {
  int workers = 2, local_workers = 0, shards = 1;
  std::string checkpoint = {};
};

/// Ten steps a worker, two of them a cycle.
RunPlan plan() {
  return {
      .fingerprint = {{{"scalar", "float"}}}, .ledger = [](int workers) {
        return Ledger{std::vector<std::uint64_t>(static_cast<std::size_t>(workers), 10), 2, false};
      }};
}

Offer offer(std::uint64_t worker_id) {
  return {.worker_id = worker_id, .fingerprint = plan().fingerprint};
}

std::string refusal(Roster& roster, const Offer& offer, bool over = false) {
  const auto terms = roster.admit(offer, over);
  return terms ? "" : terms.error().text;
}

}  // namespace

TEST_CASE("A roster says who may come in, and why others may not") {
  const RunPlan run = plan();
  Roster roster{HubSettings{.local_workers = 1, .shards = 2}, run};
  CHECK(refusal(roster, {.worker_id = 7}) == "scalar: the hub has float, the worker nothing");
  Offer other = offer(7);
  other.wanted_rank = 2;
  CHECK(refusal(roster, other) == "there is no rank 2 among 2 workers");
  other.wanted_rank = 0;  // a thread of the hub's has it
  CHECK(refusal(roster, other) == "every seat is taken");
  CHECK(refusal(roster, offer(7), true) == "the run is over");

  const auto terms = roster.admit(offer(7), false);
  REQUIRE(terms);
  CHECK(terms->rank == 1);
  CHECK(terms->fresh);
  CHECK(refusal(roster, offer(8)) == "every seat is taken");
  CHECK(refusal(roster, offer(7)) == "a worker of this id is there already");

  Offer shard = offer(7);
  shard.shard = 1;
  CHECK(refusal(roster, shard) == "a shard of no worker that is here");
  shard.session = terms->session;
  CHECK(refusal(roster, shard).empty());
  shard.shard = 2;
  CHECK(refusal(roster, shard) == "a shard of no worker that is here");

  SUBCASE("a worker that was cut off comes back to its run, and to no other") {
    roster.member(1).place = Roster::Place::present;
    roster.lose_connection(roster.member(1));
    Offer back = offer(7);
    back.run_id = terms->run_id + 1;
    CHECK(refusal(roster, back) == "this is another run: the hub has begun anew");
    back.run_id = terms->run_id;
    const auto again = roster.admit(back, false);
    REQUIRE(again);
    CHECK_FALSE(again->fresh);
    CHECK(again->session != terms->session);
  }
  SUBCASE("who was expected and did not come leaves the rank to others") {
    roster.left(roster.member(1));
    CHECK(roster.member(1).place == Roster::Place::vacant);
    CHECK(refusal(roster, offer(8)).empty());
  }
}

TEST_CASE("A roster that was saved counts the commits that workers do not bring again") {
  const RunPlan run = plan();
  const HubSettings settings{.checkpoint = "hub"};
  std::vector<std::byte> saved;
  std::uint64_t run_id = 0;
  {
    Roster before{settings, run};
    run_id = before.run_id();
    for (const std::uint64_t worker : {7u, 8u}) REQUIRE(before.admit(offer(worker), false));
    before.merged({.worker = 0, .steps = 2});
    before.save(saved);
  }  // and three more commits went in, two of the first worker and one of the second
  Roster after{settings, run};
  std::span<const std::byte> state{saved};
  REQUIRE(after.restore(run_id, state));
  CHECK(state.empty());
  CHECK(after.missing_commits() == 0);

  Offer first = offer(7);
  first.run_id = run_id;
  first.acknowledged = 3;
  first.clock = 4;
  const auto terms = after.admit(first, false);
  REQUIRE(terms);
  CHECK(terms->last_applied == 1);
  CHECK(terms->durable == 1);
  CHECK(terms->lease_begin == 2);
  CHECK(after.missing_commits() == 3);
  for (int commit = 0; commit < 2; ++commit) after.merged({.worker = 0, .steps = 2});
  CHECK(after.missing_commits() == 1);  // the second worker has not come
  after.merged({.worker = 0, .steps = 2});
  CHECK(after.missing_commits() == 1);  // a new one
}

TEST_CASE("A roster grants what is left, and keeps what is another's while it may come") {
  const RunPlan run = plan();
  Roster roster{HubSettings{}, run};
  REQUIRE(roster.admit(offer(7), false));
  Roster::Member& member = roster.member(0);
  using Next = detail::Grant::Next;
  CHECK(roster.grant(member, 1, false).next == Next::go_on);
  roster.merged({.worker = 0, .steps = 10});
  CHECK(roster.grant(member, 2, false).next == Next::wait);
  roster.set_missing(roster.member(1), true);
  const detail::Grant granted = roster.grant(member, 2, false);
  CHECK(granted.next == Next::begin);
  CHECK(granted.lease.share == 1);
  CHECK(roster.grant(member, 2, false).next == Next::begin);  // the same once more: it was lost
  CHECK(roster.grant(member, 3, false).next == Next::go_on);
}
