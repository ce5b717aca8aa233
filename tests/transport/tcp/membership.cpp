#include <tributary/transport/tcp/membership.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

using namespace tributary;
using detail::Membership;

namespace {

struct HubSettings {
  int workers = 2, local_workers = 0, shards = 1;
  std::string checkpoint = {};
};

/// Ten steps for each worker, in cycles of two.
RunPlan plan() {
  return {
      .fingerprint = {{{"scalar", "float"}}}, .ledger = [](int workers) {
        return Ledger{std::vector<std::uint64_t>(static_cast<std::size_t>(workers), 10), 2, false};
      }};
}

Offer offer(std::uint64_t worker_id) {
  return {.worker_id = worker_id, .fingerprint = plan().fingerprint};
}

std::string refusal(Membership& membership, const Offer& offer, bool over = false) {
  const auto terms = membership.admit(offer, over);
  return terms ? "" : terms.error().text;
}

}  // namespace

TEST_CASE("a membership admits workers, and refuses others with a reason") {
  const RunPlan run = plan();
  Membership membership{HubSettings{.local_workers = 1, .shards = 2}, run};
  CHECK(refusal(membership, {.worker_id = 7}) == "scalar: the hub has float, the worker nothing");
  Offer other = offer(7);
  other.wanted_rank = 2;
  CHECK(refusal(membership, other) == "there is no rank 2 among 2 workers");
  CHECK(membership.admit(other, false).error().code == TcpErrc::wrong_rank);
  other.wanted_rank = 0;  // a thread of the hub's has it
  CHECK(membership.admit(other, false).error().code == TcpErrc::no_room);
  CHECK(refusal(membership, other) == "rank 0 is taken, and others are free");
  CHECK(refusal(membership, offer(7), true) == "the run is over");

  const auto terms = membership.admit(offer(7), false);
  REQUIRE(terms);
  CHECK(terms->rank == 1);
  CHECK(terms->fresh);
  CHECK(refusal(membership, offer(8)) == "all ranks are taken");
  CHECK(refusal(membership, offer(7)) == "a worker with this id is already connected");

  Offer shard = offer(7);
  shard.shard = 1;
  CHECK(refusal(membership, shard) == "the connection belongs to no connected worker");
  shard.session = terms->session;
  CHECK(refusal(membership, shard).empty());
  shard.shard = 2;
  CHECK(refusal(membership, shard) == "the connection belongs to no connected worker");

  SUBCASE("a disconnected worker returns to its run, and to no other") {
    membership.member(1).state = Membership::State::present;
    membership.lose_connection(membership.member(1));
    Offer back = offer(7);
    back.run_id = terms->run_id + 1;
    CHECK(refusal(membership, back) ==
          "the run of this worker has ended: the hub has started another one");
    back.run_id = terms->run_id;
    const auto again = membership.admit(back, false);
    REQUIRE(again);
    CHECK_FALSE(again->fresh);
    CHECK(again->session != terms->session);
  }
  SUBCASE("an admitted worker that does not come leaves the rank to others") {
    membership.left(membership.member(1));
    CHECK(membership.member(1).state == Membership::State::vacant);
    CHECK(refusal(membership, offer(8)).empty());
  }
}

TEST_CASE("a restored membership counts the commits that workers do not send again") {
  const RunPlan run = plan();
  const HubSettings settings{.checkpoint = "hub"};
  std::vector<std::byte> saved;
  std::uint64_t run_id = 0;
  {
    Membership before{settings, run};
    run_id = before.run_id();
    for (const std::uint64_t worker : {7u, 8u}) REQUIRE(before.admit(offer(worker), false));
    before.merged({.worker = 0, .steps = 2});
    before.save(saved);
  }  // and three more commits went in, two of the first worker and one of the second
  Membership after{settings, run};
  std::span<const std::byte> state{saved};
  REQUIRE(after.restore(run_id, state));
  CHECK(state.empty());
  CHECK(after.missing_commits() == 0);

  Offer first = offer(7);
  first.run_id = run_id;
  first.acknowledged = 3;
  first.merges = 4;
  const auto terms = after.admit(first, false);
  REQUIRE(terms);
  CHECK(terms->last_applied == 1);
  CHECK(terms->durable == 1);
  CHECK(terms->lease_begin == 2);
  CHECK(after.missing_commits() == 3);
  for (int commit = 0; commit < 2; ++commit) after.merged({.worker = 0, .steps = 2});
  CHECK(after.missing_commits() == 1);  // the second worker has not joined
  after.merged({.worker = 0, .steps = 2});
  CHECK(after.missing_commits() == 1);  // a new one
}

TEST_CASE(
    "a membership grants the remaining work, and reserves the work of workers that may still "
    "join") {
  const RunPlan run = plan();
  Membership membership{HubSettings{}, run};
  REQUIRE(membership.admit(offer(7), false));
  Membership::Member& member = membership.member(0);
  membership.serve(member);
  using Next = detail::Grant::Next;
  CHECK(membership.grant(member, 1, false).next == Next::go_on);
  membership.merged({.worker = 0, .steps = 10});
  CHECK(membership.grant(member, 2, false).next == Next::wait);
  CHECK(membership.release(membership.member(1)));
  const detail::Grant granted = membership.grant(member, 2, false);
  CHECK(granted.next == Next::begin);
  CHECK(granted.lease.share == 1);
  CHECK(membership.grant(member, 2, false).next == Next::begin);  // the same one again: it was lost
  CHECK(membership.grant(member, 3, false).next == Next::go_on);
}

TEST_CASE("A rank is reserved until its first worker has a session, or it is released") {
  const RunPlan run = plan();
  Membership membership{HubSettings{.workers = 3, .local_workers = 1}, run};
  CHECK_FALSE(membership.release(membership.member(0)));  // a thread of the hub's has it
  REQUIRE(membership.admit(offer(7), false));
  CHECK(membership.reserves());
  membership.serve(membership.member(1));
  CHECK_FALSE(membership.release(membership.member(1)));
  CHECK(membership.workers() == 3);

  REQUIRE(membership.admit(offer(8), false));  // and dies in its handshake,
  SUBCASE("before the time is up") {
    membership.left(membership.member(2));
    CHECK(membership.release(membership.member(2)));
  }
  SUBCASE("after it") {
    CHECK(membership.release(membership.member(2)));
    membership.left(membership.member(2));
  }
  CHECK_FALSE(membership.reserves());
  CHECK(membership.workers() == 2);
  CHECK_FALSE(membership.release(membership.member(2)));
  CHECK(refusal(membership, offer(9)).empty());  // the rank is free
}

namespace {
/// Hubs, one after the other, that begin with the state of the file.
struct Hubs {
  RunPlan run = plan();
  HubSettings settings{.checkpoint = "hub"};
  std::vector<std::byte> file = {};
  std::uint64_t run_id = 0;
  std::optional<Membership> now = std::nullopt;

  Hubs() {
    now.emplace(settings, run);
    run_id = now->run_id();
    for (const std::uint64_t worker : {7u, 8u}) REQUIRE(now->admit(offer(worker), false));
  }
  void save() {
    file.clear();
    now->save(file);
  }
  void restart() {
    now.emplace(settings, run);
    std::span<const std::byte> state{file};
    REQUIRE(now->restore(run_id, state));
    REQUIRE(state.empty());
  }
  /// A worker has received this number of replies, the last one with these merges.
  void comes_back(std::uint64_t worker, std::uint64_t acknowledged, std::uint64_t merges) {
    Offer back = offer(worker);
    back.run_id = run_id;
    back.acknowledged = acknowledged;
    back.merges = merges;
    REQUIRE(now->admit(back, false));
  }
  void merge(int rank) { now->merged({.worker = rank, .steps = 1}); }
};
}  // namespace

TEST_CASE("commits that are sent again to the second hub after are not counted as lost") {
  Hubs hubs;
  hubs.save();  // and four more go in, three of the first worker
  hubs.restart();
  hubs.comes_back(7, 3, 4);
  CHECK(hubs.now->missing_commits() == 4);
  hubs.merge(0);
  hubs.save();  // and this hub dies, too
  hubs.restart();
  CHECK(hubs.now->missing_commits() == 3);
  hubs.comes_back(7, 3, 4);
  hubs.merge(0);
  hubs.merge(0);
  CHECK(hubs.now->missing_commits() == 1);
  hubs.comes_back(8, 1, 3);
  hubs.merge(1);
  CHECK(hubs.now->missing_commits() == 0);
}

TEST_CASE("a commit that was merged before a reply is not counted as lost when it is sent again") {
  Hubs hubs;
  hubs.save();  // a commit of the second worker, then one of the first, which gets this number
  for (const bool first_comes_first : {true, false}) {
    CAPTURE(first_comes_first);
    hubs.restart();
    if (first_comes_first) hubs.comes_back(7, 1, 2);
    hubs.comes_back(8, 0, 0);
    hubs.merge(1);
    if (!first_comes_first) hubs.comes_back(7, 1, 2);
    hubs.merge(0);
    CHECK(hubs.now->missing_commits() == 0);
  }
}

TEST_CASE("after a restart a worker is at work if it has a lease") {
  Hubs hubs;
  hubs.now->merged({.worker = 0, .steps = 4});
  hubs.now->merged({.worker = 0, .steps = 6});  // its whole share, and it waits for another lease
  hubs.save();
  hubs.restart();
  CHECK_FALSE(hubs.now->is_at_work(hubs.now->member(0)));
  CHECK(hubs.now->is_at_work(hubs.now->member(1)));
  CHECK_FALSE(hubs.now->reserves());  // both may return
  hubs.now->forget_workers();
  CHECK_FALSE(hubs.now->is_at_work(hubs.now->member(1)));
  CHECK(hubs.now->reserves());
}

TEST_CASE("the merges that a hub reports do not exceed its commits") {
  Hubs hubs;
  hubs.save();  // two commits of the first worker, the second without a reply; one of the other
  hubs.restart();
  hubs.comes_back(7, 1, 1);
  hubs.merge(0);
  hubs.merge(0);
  hubs.comes_back(8, 1, 3);
  hubs.merge(1);
  const std::uint64_t merges = hubs.now->grant(hubs.now->member(1), 1, false).merges;
  CHECK(merges == 3);
  hubs.restart();  // that one dies, too
  hubs.comes_back(8, 1, merges);
  hubs.comes_back(7, 2, 2);
  CHECK(hubs.now->missing_commits() == 3);
  for (const int rank : {0, 0, 1}) hubs.merge(rank);
  CHECK(hubs.now->missing_commits() == 0);
}

TEST_CASE("forgotten workers start again, and their commits are counted as lost") {
  Hubs hubs;
  hubs.save();
  hubs.restart();
  hubs.now->forget_workers();
  Offer back = offer(8);
  back.run_id = hubs.run_id;
  back.wanted_rank = 1;
  back.acknowledged = 2;
  back.merges = 5;
  const auto terms = hubs.now->admit(back, false);
  REQUIRE(terms);
  CHECK(terms->fresh);
  CHECK(terms->rank == 1);
  CHECK(terms->last_applied == 0);
  CHECK(terms->lease_share == 1);
  CHECK(terms->lease_end - terms->lease_begin == 10);
  CHECK(hubs.now->missing_commits() == 5);
}
