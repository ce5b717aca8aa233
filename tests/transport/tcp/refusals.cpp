// Actions of a peer after or during its admission: none of them may end the hub.

#include "transport/tcp/siege.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

using namespace tributary;
using namespace tributary::test;

namespace {

constexpr Index numbers = 4;

Running start_counting_hub(std::size_t steps, double rejoin_seconds) {
  return {{.role = Tcp::hub,
           .address = "127.0.0.1:0",
           .workers = 2,
           .secret = key,
           .join_seconds = 3,
           .rejoin_seconds = rejoin_seconds},
          counting(steps, numbers)};
}
Running start_counting_worker(std::size_t steps, const std::string& address) {
  return {{.role = Tcp::worker, .address = address, .secret = key}, counting(steps, numbers)};
}
Bytes commit_of(std::uint64_t session, std::uint64_t sequence, std::uint32_t steps) {
  const Bytes info =
      detail::CommitInfo{.vector_bytes = 4 * numbers, .steps = steps, .events = steps}.bytes();
  return frame_of(
      {.type = FrameType::commit, .session = session, .sequence = sequence, .count = info.size()},
      info);
}
/// The vector of a commit with this number of steps of counting().
Bytes vector_of(std::uint64_t session, std::uint32_t steps) {
  const std::vector<float> vector(numbers, static_cast<float>(steps));
  return frame_of({.type = FrameType::chunk, .session = session, .count = 4 * numbers},
                  std::as_bytes(std::span{vector}));
}
Bytes pull_of(std::uint64_t session) {
  return frame_of({.type = FrameType::pull, .session = session}, {});
}

}  // namespace

TEST_CASE("after WELCOME every message but READY is refused, and the hub goes on") {
  auto hub = start_hub(0.5);
  std::uint64_t id = 0;
  const auto offer = [&] {
    return Offer{.worker_id = ++id, .wanted_rank = 1, .fingerprint = hub.fingerprint()};
  };
  for (const auto number : {0, 1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 255}) {
    CAPTURE(number);
    Peer peer{hub.address()};
    const Terms terms = peer.knock(key, offer()).first;
    const auto payload = Bytes(16);
    peer.say(frame_of({.type = FrameType{static_cast<std::uint8_t>(number)},
                       .session = terms.session,
                       .count = payload.size()},
                      payload));
    CHECK(peer.refusal() != "none");
    CHECK(peer.is_closed());
  }
  {
    Peer peer{hub.address()};  // READY of another session
    const Terms terms = peer.knock(key, offer()).first;
    peer.say(whole_frame(FrameType::ready, terms.session + 1, {}));
    CHECK(peer.refusal() == message(TcpErrc::wrong_session));
  }
  {
    Peer peer{hub.address()};  // with a payload
    const Terms terms = peer.knock(key, offer()).first;
    peer.say(whole_frame(FrameType::ready, terms.session, Bytes(1)));
    CHECK(peer.refusal() == message(TcpErrc::malformed));
  }
  {
    Peer peer{hub.address()};  // noise, and then nothing
    peer.knock(key, offer());
    peer.say(Bytes(300, std::byte{0x5a}));
    CHECK(peer.refusal() == message(TcpErrc::wrong_magic));
  }
  {
    Peer silent{hub.address()};
    silent.knock(key, offer());
    CHECK(silent.is_closed());
  }
  auto first = start_worker(hub.address(), 0);
  wait_for_first(hub);
  CHECK(check_unharmed(hub, first).report.lost == 0);  // the rank is free again
}

TEST_CASE("a worker that returns as its time runs out is admitted as new, or waits") {
  constexpr std::size_t steps = 60;
  Running hub = start_counting_hub(steps, 0);
  hub.address();
  hub.log().slow_at("is lost");  // the rank is being vacated during the call
  const Offer offer{.worker_id = 7, .fingerprint = hub.fingerprint()};
  Peer{hub.address()}.enter(key, offer);
  REQUIRE(holds_soon([&] { return hub.log().told("is lost") == 1; }));
  Peer back{hub.address()};
  try {
    const auto [terms, ready] = back.knock(key, offer);
    hub.log().release();
    const auto is_vacated = [&] {
      try {
        Peer{hub.address()}.knock(
            key, {.worker_id = 8, .wanted_rank = 0, .fingerprint = hub.fingerprint()});
        return true;
      } catch (const std::runtime_error&) {
        return false;
      }
    };
    REQUIRE(holds_soon(is_vacated));
    back.say(ready);
  } catch (const std::runtime_error& error) {
    CHECK(error.what() == std::string{"a worker with this id is already connected"});
    hub.log().release();
  }
  REQUIRE(holds_soon([&] {
    try {
      return Peer{hub.address()}.enter(key, offer).fresh;
    } catch (const std::runtime_error&) {
      return false;
    }
  }));
  Running worker = start_counting_worker(steps, hub.address());
  const Outcome outcome = hub.result();
  CHECK((outcome.parameters.array() == float{steps}).all());
  CHECK(worker.result().parameters == outcome.parameters);
}

TEST_CASE("a commit has no more steps than stay with the worker while others take of its lease") {
  constexpr std::size_t steps = 6000;  // 3 000 a share, 3 a cycle
  Running hub = start_counting_hub(steps, 0.1);
  const Offer offer{.worker_id = 7, .wanted_rank = 0, .fingerprint = hub.fingerprint()};
  {
    Peer greedy{hub.address()};
    const Terms terms = greedy.enter(key, offer);
    CHECK(terms.lease_end == steps / 2);
    greedy.say(pull_of(terms.session));
    CHECK(greedy.frame().first.type == FrameType::reply);
    greedy.say(commit_of(terms.session, 1, steps / 2));
    CHECK(greedy.refusal() == "more steps than its lease has left");
  }
  REQUIRE(holds_soon([&] { return hub.log().told("worker 0 is lost") == 1; }));

  // The steps of a cycle and those that ran ahead before it are accepted, although others join in
  // between.
  auto slow = std::make_unique<Peer>(hub.address());
  const Terms terms = slow->enter(key, offer);
  REQUIRE(terms.lease_end - terms.lease_begin >= 6);
  slow->say(pull_of(terms.session));
  slow->say(commit_of(terms.session, 1, 6));
  Running worker = start_counting_worker(steps, hub.address());
  REQUIRE(holds_soon([&] { return hub.log().commits(1) >= 1100; }));  // more than its own 1 000
  slow->say(vector_of(terms.session, 6));
  REQUIRE(holds_soon([&] { return hub.log().commits(0) == 1; }));
  slow = nullptr;
  const Outcome outcome = hub.result();
  CHECK(outcome.report.steps == steps);
  CHECK((outcome.parameters.array() == float{steps}).all());
  CHECK(worker.result().parameters == outcome.parameters);
}
