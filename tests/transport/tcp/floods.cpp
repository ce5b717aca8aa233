#include "transport/tcp/siege.hpp"

#include <doctest/doctest.h>

#include <tributary/trainer/detail/peak_memory.hpp>

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <vector>

using namespace tributary;
using namespace tributary::test;

TEST_CASE("2 000 connections at once do not stop a run") {
  allow_sockets(4096);
  Running hub = start_hub(0.1);
  Running first = start_worker(hub.address(), 0);
  wait_for_first(hub);
  const auto memory = peak_memory_bytes();
  const auto header = encode({.type = FrameType::hello});
  std::list<Peer> crowd;
  for (int i = 0; i < 2000; ++i) {
    Peer& peer = crowd.emplace_back(hub.address());
    REQUIRE(!peer.ended());
    if (i % 4 == 0) peer.say(Bytes(100, std::byte{'x'}));  // others send nothing, or half a frame
    if (i % 4 == 1) peer.say(std::span{header}.first(32));
    if (i % 4 == 2) crowd.pop_back();  // or are gone
  }
  check_unharmed(hub, first);  // the other worker joins while they wait
  // AddressSanitizer keeps freed memory for a while.
  CHECK(peak_memory_bytes() - memory < 64 << 20);
  for (Peer& peer : crowd) CHECK(peer.is_closed());
  CHECK(hub.log().refusals() > 500);
}

TEST_CASE("observers get a notice for each of the first strangers, and sums for the others") {
  constexpr int strangers = 300;
  Running hub = start_hub();
  Running first = start_worker(hub.address(), 0);
  wait_for_first(hub);
  const detail::Time begin = detail::Clock::now();
  for (int i = 0; i < strangers; ++i) {
    Peer peer{hub.address()};
    peer.say(Bytes(100, std::byte{'x'}));
    CHECK(peer.refusal() == message(TcpErrc::wrong_magic));
  }
  const auto told = [&] { return hub.log().told(message(TcpErrc::wrong_magic)); };
  CHECK(holds_soon([&] { return told() >= 20; }));  // while the run goes on
  CHECK(hub.log().refusals() >= 20);
  check_unharmed(hub, first);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(detail::Clock::now() - begin);
  CHECK(hub.log().refusals() == strangers);
  CHECK(told() <= 20 + seconds.count() + 1);  // one at the end
}

TEST_CASE("500 clients that send a byte now and then do not keep workers out") {
  allow_sockets(4096);
  Running hub = start_hub(0.2);
  Running first = start_worker(hub.address(), 0);
  wait_for_first(hub);
  const WorkerHandshake handshake{key, {.worker_id = 1, .fingerprint = hub.fingerprint()}};
  const std::span<const std::byte> hello = handshake.hello();
  std::list<Peer> slow;
  for (int i = 0; i < 500; ++i) slow.emplace_back(hub.address());
  std::size_t said = 0;
  const auto drip = [&] {
    bool all_ended = true;
    for (Peer& peer : slow) {
      if (peer.ended()) continue;
      peer.say(hello.subspan(said % hello.size(), 1), 0);
      peer.hear(64, 0);
      all_ended = all_ended && peer.ended();
    }
    ++said;
    return all_ended;
  };
  std::jthread dripping{[&] { CHECK(holds_soon(drip)); }};  // each is closed
  check_unharmed(hub, first);
  dripping.join();
  CHECK(hub.log().refusals() > 100);
}

TEST_CASE("a crowd of slow clients does not delay workers for its whole timeout") {
  allow_sockets(4096);
  Running hub = start_hub(10);
  Running first = start_worker(hub.address(), 0);
  wait_for_first(hub);
  std::list<Peer> crowd;
  for (int i = 0; i < 100; ++i) crowd.emplace_back(hub.address());
  check_unharmed(hub, first);  // the other worker joins last
  CHECK(hub.log().told("others wait, and it did not authenticate") > 0);
}

TEST_CASE("a worker that reads nothing is disconnected, and the others do its part") {
  constexpr std::size_t steps = 300;
  const Train train = counting(steps, 250'000);
  const TcpTimeouts timeouts{.ping_seconds = 0.5, .dead_seconds = 10, .rate_seconds = 5};
  Running hub{{.role = Tcp::hub,
               .address = "127.0.0.1:0",
               .workers = 3,
               .secret = key,
               .rejoin_seconds = 0.2,
               .timeouts = timeouts},
              train};
  Peer deaf{hub.address()};
  const int few = 4096;
  ::setsockopt(deaf.descriptor(), SOL_SOCKET, SO_RCVBUF, &few, sizeof few);
  const Terms terms =
      deaf.enter(key, {.worker_id = 1, .wanted_rank = 0, .fingerprint = hub.fingerprint()});
  const auto start = [&] {
    return Running{{.role = Tcp::worker, .address = hub.address(), .secret = key}, train};
  };
  Running one = start(), other = start();
  const Bytes pull = frame_of({.type = FrameType::pull, .session = terms.session}, {});
  CHECK(holds_soon([&] {  // the others do not wait for it: they finish their own shares
    deaf.say(pull, 0);
    return hub.log().commits(1) + hub.log().commits(2) >= std::ptrdiff_t{steps} * 2 / 3 / 3;
  }));
  CHECK(hub.log().told("worker 0 is disconnected") == 0);
  CHECK(holds_soon([&] {
    deaf.say(pull, 0);
    return hub.log().told("worker 0 is disconnected: the peer reads too slowly") == 1;
  }));
  CHECK(holds_soon([&] {  // although it would take long to read all bytes in transit before the end
    deaf.say(pull, 0);
    return deaf.ended();
  }));
  const Outcome outcome = hub.result();
  CHECK((outcome.parameters.array() == float{steps}).all());
  CHECK(outcome.report.events == steps);
  CHECK(outcome.report.lost == 1);
  CHECK(one.result().parameters == outcome.parameters);
  CHECK(other.result().parameters == outcome.parameters);
}
