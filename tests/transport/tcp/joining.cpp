#include <tributary/transport/tcp.hpp>

#include <doctest/doctest.h>

#include "support/census.hpp"
#include "support/problems.hpp"
#include "transport/tcp/peers.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <random>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/trainer/trainer.hpp>
#include <vector>

using namespace tributary;
using namespace tributary::test;

namespace {

/// A number of merges, and the action after them.
struct Watch {
  std::vector<double> seconds = {};
  std::stop_source stop = {};
  std::size_t stop_after = 0;
  void on(const Merged<float>& merged) {
    seconds.push_back(merged.seconds);
    if (seconds.size() == stop_after) stop.request_stop();
  }
};

/// A hub with a local worker, which waits for another one that does not join.
const auto train_alone = [](double join_seconds, Watch& watch) {
  const BasicEvents<float> data = line<float>(640);
  const Tcp hub{
      .address = "127.0.0.1:0", .workers = 2, .local_workers = 1, .join_seconds = join_seconds};
  return Trainer{LinearModel<float>{}, hub, Downpour{.period = 4}, Sgd{.learning_rate = 0.03}}
      .train(data, {.epochs = 1, .batch_size = 8, .stop = watch.stop.get_token()}, watch);
};

}  // namespace

TEST_CASE("the rows of a worker that has not joined are reserved during join_seconds") {
  constexpr double join_seconds = 0.3;
  Watch watch;
  const auto trained = train_alone(join_seconds, watch);
  CHECK(trained.report.events == 640);
  REQUIRE(watch.seconds.size() == 20);
  CHECK(watch.seconds[10] >= join_seconds);
}

TEST_CASE("a worker that waits for others' rows stops when it is asked to") {
  Watch watch{.stop_after = 10};
  const auto trained = train_alone(1000, watch);
  CHECK(trained.report.events == 320);
}

TEST_CASE("rules get the number of workers, in the hub and elsewhere") {
  std::vector<int> seen;
  const auto with = [&](const Tcp& tcp) {
    const BasicEvents<float> data = line<float>(640);
    Trainer{LinearModel<float>{}, tcp, Census<Schedule::asynchronous>{&seen},
            Sgd{.learning_rate = 0.03}}
        .train(data, {.epochs = 1, .batch_size = 8});
  };
  SUBCASE("in the hub") {
    with({.address = "127.0.0.1:0", .workers = 2, .local_workers = 1, .join_seconds = 0.1});
  }
  SUBCASE("elsewhere") {
    const std::string address =
        "unix:" + (std::filesystem::temp_directory_path() /
                   ("tributary_census_" + std::to_string(std::random_device{}())))
                      .string();
    std::jthread worker{[&] { with({.role = Tcp::worker, .address = address}); }};
    with({.address = address, .workers = 2, .join_seconds = 3});
  }
  REQUIRE(seen.size() == 80);
  CHECK(std::ranges::count(seen, 2) == 40);
  CHECK(std::ranges::count(seen, 1) == 40);
}

TEST_CASE("a worker that joins at the end of a run waits for the next run") {
  const auto worker = [](const std::string& address, std::size_t steps) {
    return Running{{.role = Tcp::worker, .address = address, .join_seconds = 20},
                   counting(steps, 10)};
  };
  Running hub{{.role = Tcp::hub, .address = "127.0.0.1:0", .workers = 2, .rejoin_seconds = 0.5},
              counting(100, 10)};
  hub.log().stop_after(1);
  std::optional<Peer> slow{hub.address()};  // does not send GOODBYE
  slow->enter({}, {.worker_id = 1, .fingerprint = hub.fingerprint()});
  worker(hub.address(), 100).result();
  Running early = worker(hub.address(), 50);
  CHECK(holds_soon([&] { return hub.log().told("the run is over") > 0; }));
  slow.reset();
  hub.result();
  Running next{{.role = Tcp::hub, .address = hub.address(), .workers = 1}, counting(50, 10)};
  CHECK((early.result().parameters.array() == 50.0f).all());
  next.result();
}

TEST_CASE("rounds do not wait for a worker that died before it was admitted") {
  Running hub{{.role = Tcp::hub, .address = "127.0.0.1:0", .workers = 2, .join_seconds = 1},
              train_in_rounds};
  {
    Peer peer{hub.address()};
    const Secret secret;
    WorkerHandshake handshake{secret,
                              {.worker_id = 1, .wanted_rank = 1, .fingerprint = hub.fingerprint()}};
    peer.say(handshake.hello());
    const auto [header, payload] = peer.frame();
    const Answer proof = handshake.received(header, payload);
    REQUIRE(proof);
    peer.say(*proof);
    CHECK(peer.frame().first.type == FrameType::welcome);  // it has a rank
  }
  Running worker{{.role = Tcp::worker, .address = hub.address(), .rank = 0}, train_in_rounds};
  const Outcome outcome = hub.result();
  CHECK(outcome.report.events == 640);
  CHECK(worker.result().parameters == outcome.parameters);
}

TEST_CASE("rounds wait no longer for a worker that dies while it is admitted") {
  Running hub{{.role = Tcp::hub,
               .address = "127.0.0.1:0",
               .workers = 2,
               .join_seconds = 1,
               .timeouts = {.handshake_seconds = 3}},
              train_in_rounds};
  Peer peer{hub.address()};
  peer.knock({}, {.worker_id = 1, .wanted_rank = 1, .fingerprint = hub.fingerprint()});
  Running worker{{.role = Tcp::worker, .address = hub.address(), .rank = 0}, train_in_rounds};
  CHECK(peer.is_closed());  // it has not said READY, and join_seconds are over
  const Outcome outcome = hub.result();
  CHECK(outcome.report.events == 640);
  CHECK(worker.result().parameters == outcome.parameters);
}

TEST_CASE("a worker may ping before it says hello, and a refusal of its own ends its connection") {
  Running hub{{.role = Tcp::hub,
               .address = "127.0.0.1:0",
               .workers = 1,
               .join_seconds = 20,
               .rejoin_seconds = 0.1},
              counting(10, 3)};
  {
    Peer peer{hub.address()};
    peer.say(frame_of({.type = FrameType::ping}, {}));
    const Terms terms = peer.enter({}, {.worker_id = 1, .fingerprint = hub.fingerprint()});
    const Bytes refusal = refuse_frame(TcpErrc::wrong_payload_checksum);
    const auto payload = std::span{refusal}.subspan(frame_header_bytes);
    peer.say(frame_of(
        {.type = FrameType::refuse, .session = terms.session, .count = payload.size()}, payload));
    CHECK(peer.is_closed());
  }
  CHECK(holds_soon([&] { return hub.log().told("worker 0 is disconnected") > 0; }));
  Running worker{{.role = Tcp::worker, .address = hub.address(), .join_seconds = 30},
                 counting(10, 3)};
  CHECK((hub.result().parameters.array() == 10.0f).all());
  worker.result();
}
