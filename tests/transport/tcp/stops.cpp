// A stop ends every wait of a process: each wait here would last longer than the test may.

#include "transport/tcp/peers.hpp"

#include "transport/tcp/counter.hpp"

#include <doctest/doctest.h>

#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/trainer/trainer.hpp>

#include <atomic>
#include <cstdint>
#include <exception>
#include <future>
#include <stop_token>
#include <string>
#include <thread>

using namespace tributary;
using namespace tributary::test;

namespace {

constexpr double for_ever = 10'000;
const Secret key = Secret::of("a key that is long enough");

/// The result of train(), in a thread of its own.
template <class R = Averaging>
std::future<Outcome> start(const KnownTcp& tcp, const std::stop_source& stop, Log* log = nullptr,
                           DataPlacement placement = DataPlacement::replicated) {
  return std::async(std::launch::async, [=]() -> Outcome {
    const TrainOptions options{
        .epochs = 1, .batch_size = 1, .data_placement = placement, .stop = stop.get_token()};
    Log none;
    const auto trained = Trainer{Counter{}, tcp, R{.period = 3}, Sgd{.learning_rate = 1}}.train(
        Rows{30}, options, log ? *log : none);
    return {trained.parameters(), trained.report};
  });
}
/// A hub of two workers, and one of them, which waits for the other forever.
struct Waiting {
  KnownTcp known{{.role = Tcp::hub,
                  .address = "127.0.0.1:0",
                  .workers = 2,
                  .secret = key,
                  .join_seconds = for_ever,
                  .rejoin_seconds = for_ever,
                  .on_loss = OnLoss::fail}};
  Tcp worker{.role = Tcp::worker,
             .secret = key,
             .reconnect_seconds = for_ever,
             .timeouts = {.handshake_seconds = 0.2}};
  std::stop_source stop_of_hub = {}, stop = {};
  Log log = {};
};

}  // namespace

TEST_CASE("a worker that waits for its first hub stops when it is asked to") {
  boost::asio::io_context context;
  // The system accepts the connection, and no hub answers.
  const auto acceptor = detail::listen(context, detail::Address{"127.0.0.1:0"});
  const auto endpoint = acceptor.local_endpoint();
  detail::asio::ip::tcp::endpoint ip;
  ip.resize(endpoint.size());
  std::memcpy(ip.data(), endpoint.data(), endpoint.size());
  const Tcp tcp{.role = Tcp::worker,
                .address = "127.0.0.1:" + std::to_string(ip.port()),
                .join_seconds = for_ever,
                .timeouts = {.dead_seconds = for_ever}};
  std::stop_source stop;
  auto worker = start({tcp}, stop);
  detail::wait_for(ip.port() == 0 ? -1 : const_cast<detail::Acceptor&>(acceptor).native_handle(),
                   false, milliseconds{10'000});
  stop.request_stop();
  const Outcome outcome = result_of(worker);
  CHECK((outcome.parameters.array() == 0.0f).all());
  CHECK(outcome.parameters.size() == 3);
}

TEST_CASE("a hub whose workers all connect to it has none of its own") {
  Tcp tcp = Tcp::local(3);
  tcp.local_workers = 1;
  CHECK_THROWS_WITH_AS(tcp.validate(),
                       "Tcp::local_workers = 1, must be 0 with local(), whose workers all connect "
                       "to the hub",
                       std::invalid_argument);
}

TEST_CASE("a worker at whose address there is no hub yet stops when it is asked to") {
  std::stop_source stop;
  auto worker =
      start({{.role = Tcp::worker, .address = "127.0.0.1:1", .join_seconds = for_ever}}, stop);
  stop.request_stop();
  CHECK((result_of(worker).parameters.array() == 0.0f).all());
}

TEST_CASE("a run that is stopped before it begins ends") {
  Tcp tcp = Tcp::local(3);
  tcp.timeouts.dead_seconds = tcp.reconnect_seconds = for_ever;
  std::stop_source stop;
  stop.request_stop();
  auto run = start({tcp}, stop);
  const Outcome outcome = result_of(run);
  CHECK((outcome.parameters.array() == 0.0f).all());
  CHECK(outcome.report.steps == 0);
}

TEST_CASE("a stopped hub does not wait for a worker that does not stop") {
  const KnownTcp known{{.role = Tcp::hub,
                        .address = "127.0.0.1:0",
                        .workers = 1,
                        .secret = key,
                        .join_seconds = 0.5,
                        .rejoin_seconds = for_ever}};
  std::stop_source stop;
  auto met = known.told->address.get_future();
  auto hub = start(known, stop);
  Peer deaf{result_of(met)};
  const Terms terms = deaf.enter(key, {.worker_id = 7, .fingerprint = known.told->fingerprint});
  deaf.say(frame_of({.type = FrameType::pull, .session = terms.session}, {}));
  CHECK(deaf.frame().first.type == FrameType::reply);
  stop.request_stop();
  const Bytes ping = frame_of({.type = FrameType::ping, .session = terms.session}, {});
  CHECK(holds_soon([&] {
    deaf.say(ping, 0);
    deaf.hear(4096, 0);
    return deaf.ended();
  }));
  CHECK(result_of(hub).report.steps == 0);
}

TEST_CASE("a worker that joins after the stop of the hub gets the stop, too") {
  const KnownTcp known{
      {.role = Tcp::hub, .address = "127.0.0.1:0", .workers = 2, .secret = key, .join_seconds = 2}};
  std::stop_source stop;
  auto met = known.told->address.get_future();
  auto hub = start(known, stop);
  const std::string address = result_of(met);
  const auto next = [](Peer& peer) {
    FrameType type = FrameType::ping;
    while (type == FrameType::ping) type = peer.frame().first.type;
    return type;
  };
  Peer first{address}, second{address};
  first.enter(key, {.worker_id = 7, .fingerprint = known.told->fingerprint});
  stop.request_stop();
  CHECK(next(first) == FrameType::stop);
  second.enter(key, {.worker_id = 8, .fingerprint = known.told->fingerprint});
  CHECK(next(second) == FrameType::stop);
  CHECK(result_of(hub).report.steps == 0);
}

TEST_CASE("a worker that waits for the first round stops when it is asked to, and is not lost") {
  Waiting run;
  auto met = run.known.told->address.get_future();
  auto hub = start(run.known, run.stop_of_hub, &run.log);
  run.worker.address = result_of(met);
  auto first = start({run.worker}, run.stop);
  REQUIRE(holds_soon([&] { return run.log.commits(0) == 1; }));
  run.stop.request_stop();
  CHECK((result_of(first).parameters.array() == 0.0f).all());
  auto second = start({run.worker}, {});
  const Outcome outcome = result_of(hub);
  CHECK(outcome.report.lost == 0);
  CHECK(outcome.report.steps == 30);
  CHECK(result_of(second).parameters == outcome.parameters);
}

TEST_CASE("a worker that has no work stops when it is asked to") {
  Waiting run;
  auto met = run.known.told->address.get_future();
  auto hub = start<Downpour>(run.known, run.stop_of_hub, &run.log);
  run.worker.address = result_of(met);
  auto first = start<Downpour>({run.worker}, run.stop);
  REQUIRE(holds_soon([&] { return run.log.commits(0) == 5; }));  // its half of the rows
  run.stop.request_stop();
  CHECK((result_of(first).parameters.array() == 15.0f).all());
  run.worker.rank = 1;  // its rows are reserved for it
  auto second = start<Downpour>({run.worker}, {});
  const Outcome outcome = result_of(hub);
  CHECK(outcome.report.lost == 0);
  CHECK((outcome.parameters.array() == 30.0f).all());
  CHECK(result_of(second).parameters == outcome.parameters);
}

TEST_CASE("a worker that waits for others' rows before the run begins stops when it is asked to") {
  Waiting run;
  constexpr auto own_rows = DataPlacement::partitioned;
  auto met = run.known.told->address.get_future();
  auto hub = start(run.known, run.stop_of_hub, &run.log, own_rows);
  run.worker.address = result_of(met);
  const KnownTcp known{run.worker};
  auto is_in = known.told->address.get_future();
  auto worker = start(known, run.stop, nullptr, own_rows);
  result_of(is_in);
  run.stop.request_stop();
  CHECK((result_of(worker).parameters.array() == 0.0f).all());
  run.stop_of_hub.request_stop();
  CHECK(result_of(hub).report.lost == 0);
}

TEST_CASE(
    "a hub that was stopped ends, although a worker that does nothing joins again and again") {
  std::stop_source stop;
  Running hub{{.role = Tcp::hub,
               .address = "127.0.0.1:0",
               .workers = 2,
               .join_seconds = 0.2,
               .rejoin_seconds = 0.1,
               .timeouts = {.ping_seconds = 0.2, .dead_seconds = 0.5}},
              [=](const KnownTcp& tcp, Log&) { return start(tcp, stop).get(); }};
  const std::string address = hub.address();
  const Fingerprint fingerprint = hub.fingerprint();
  std::atomic<bool> over = false;
  std::uint64_t joined = 0;
  std::jthread guest{[&] {
    while (!over) {
      try {
        Peer peer{address};
        peer.enter({}, {.worker_id = ++joined, .fingerprint = fingerprint});
        while (!over && peer.frame().first.type != FrameType{}) {
        }
      } catch (const std::exception&) {  // it was refused
      }
    }
  }};
  stop.request_stop();
  const Outcome outcome = hub.result();
  over = true;
  guest.join();
  CHECK(outcome.report.steps == 0);
}
