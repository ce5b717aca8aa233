// Workers that are connected and send no commits, and slow observers: no other worker waits for
// them.

#include "transport/tcp/siege.hpp"

#include <doctest/doctest.h>

#include <unistd.h>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

using namespace tributary;
using namespace tributary::test;

namespace {

Bytes frame(FrameType type, std::uint64_t session, const Bytes& payload = {},
            std::uint64_t sequence = 0) {
  return frame_of({.type = type, .session = session, .sequence = sequence, .count = payload.size()},
                  payload);
}
/// Announces a commit with this number of elements and steps.
Bytes commit(std::uint64_t session, Index numbers, std::uint32_t steps) {
  return frame(
      FrameType::commit, session,
      detail::CommitInfo{.vector_bytes = 4 * static_cast<std::uint64_t>(numbers), .steps = steps}
          .bytes(),
      1);
}
Bytes chunk(std::uint64_t session, Index numbers, Index all, Index begin, float value) {
  const std::vector<float> part(static_cast<std::size_t>(numbers), value);
  return frame_of({.type = FrameType::chunk,
                   .session = session,
                   .offset = 4 * static_cast<std::uint64_t>(begin),
                   .count = 4 * static_cast<std::uint64_t>(all)},
                  std::as_bytes(std::span{part}));
}
Running start_worker_of(const Train& train, const std::string& address) {
  return {{.role = Tcp::worker, .address = address, .rank = 1, .secret = key}, train};
}

}  // namespace

TEST_CASE("a worker that pings and sends no commit is given up, and others do its work") {
  constexpr std::size_t steps = 60;
  const Train train = counting(steps, 4);
  for (const bool announces : {false, true}) {
    CAPTURE(announces);
    Running hub{{.role = Tcp::hub,
                 .address = "127.0.0.1:0",
                 .workers = 2,
                 .secret = key,
                 .rejoin_seconds = 1000,
                 .timeouts = {.commit_seconds = 0.3}},
                train};
    Peer idle{hub.address()};
    const Terms terms =
        idle.enter(key, {.worker_id = 7, .wanted_rank = 0, .fingerprint = hub.fingerprint()});
    idle.say(frame(FrameType::pull, terms.session));
    if (announces) idle.say(commit(terms.session, 4, 3));
    const Bytes ping = frame(FrameType::ping, terms.session);
    CHECK(holds_soon([&] {
      idle.say(ping, 0);
      idle.hear(4096, 0);
      return idle.ended();
    }));
    Running worker = start_worker_of(train, hub.address());
    const Outcome outcome = hub.result();
    CHECK((outcome.parameters.array() == float{steps}).all());
    CHECK(outcome.report.lost == 1);
    CHECK(worker.result().parameters == outcome.parameters);
  }
}

TEST_CASE("others pull and checkpoints are written while a relaxed commit is merged in part") {
  constexpr std::size_t steps = 600;
  constexpr Index numbers = 3000;  // three stripes
  const Train train = counting(steps, numbers);
  const auto file =
      std::filesystem::temp_directory_path() / ("tributary_patience_" + std::to_string(::getpid()));
  Running hub{{.role = Tcp::hub,
               .address = "127.0.0.1:0",
               .workers = 2,
               .secret = key,
               .checkpoint = file,
               .checkpoint_seconds = 0.01,
               .relaxed_atomicity = true},
              train};
  Peer slow{hub.address()};
  const Terms terms =
      slow.enter(key, {.worker_id = 7, .wanted_rank = 0, .fingerprint = hub.fingerprint()});
  slow.say(frame(FrameType::pull, terms.session));
  slow.say(commit(terms.session, numbers, 3));
  slow.say(chunk(terms.session, 2000, numbers, 0, 3));  // a stripe and a half
  Running worker = start_worker_of(train, hub.address());
  // Its first lease, and its part of the other's lease, each after a checkpoint.
  REQUIRE(holds_soon([&] { return hub.log().commits(1) > 100; }));
  CHECK(hub.log().commits(0) == 1);  // posted when it began
  slow.say(chunk(terms.session, 1000, numbers, 2000, 3));
  slow.say(frame(FrameType::goodbye, terms.session, detail::Parting{}.bytes()));
  for (auto type = FrameType{}; type != FrameType::farewell && !slow.ended();)
    type = slow.frame().first.type;
  slow.say(frame(FrameType::goodbye, terms.session,
                 detail::Parting{.vector_bytes = 4 * std::uint64_t{numbers}}.bytes()));
  const Outcome outcome = hub.result();
  CHECK((outcome.parameters.array() == float{steps}).all());
  CHECK(outcome.report.steps == steps);
  CHECK(worker.result().parameters == outcome.parameters);
  for (const char* suffix : {"", ".previous", ".lock"})
    std::filesystem::remove(file.string() + suffix);
}

TEST_CASE("waiting workers get pings while an observer is slow about strangers") {
  Running hub{{.role = Tcp::hub,
               .address = "127.0.0.1:0",
               .workers = 2,
               .secret = key,
               .rejoin_seconds = 0,
               .timeouts = {.ping_seconds = 0.1, .dead_seconds = 5}},
              train_in_rounds};
  Peer waiting{hub.address()};
  const Terms terms =
      waiting.enter(key, {.worker_id = 7, .wanted_rank = 0, .fingerprint = hub.fingerprint()});
  waiting.say(frame(FrameType::pull, terms.session));
  waiting.say(commit(terms.session, 4, 4));
  waiting.say(chunk(terms.session, 4, 4, 0, 1));  // and waits for the round
  REQUIRE(holds_soon([&] { return hub.log().commits(0) == 1; }));
  hub.log().slow_at("refused");
  Peer stranger{hub.address()};
  stranger.say(Bytes(300, std::byte{'x'}));
  CHECK(stranger.refusal() == message(TcpErrc::wrong_magic));
  REQUIRE(holds_soon([&] { return hub.log().told("refused") == 1; }));
  int pings = 0;
  while (pings < 5 && !waiting.ended()) {
    const FrameType type = waiting.frame().first.type;
    REQUIRE(type != FrameType{});
    if (type == FrameType::ping) ++pings;
  }
  CHECK(pings == 5);
  Peer other{hub.address()};  // is let in
  CHECK(
      other.enter(key, {.worker_id = 8, .wanted_rank = 1, .fingerprint = hub.fingerprint()}).rank ==
      1);
  hub.log().stop_after(1);
  hub.log().release();
}

TEST_CASE("strangers that send PING without an end do not keep workers out") {
  Running hub = start_hub(0.5);
  const std::string address = hub.address();
  const Bytes ping = frame(FrameType::ping, 0);
  ByteWriter many;
  for (int i = 0; i < 10'000; ++i) many.bytes(ping);
  std::atomic<bool> over = false;
  std::jthread flood{[&] {
    while (!over) {
      Peer peer{address};
      while (!over && !peer.ended()) peer.say(many.view(), 0.05);
    }
  }};
  Running first = start_worker(address, 0);
  wait_for_first(hub);
  check_unharmed(hub, first);
  over = true;
}
