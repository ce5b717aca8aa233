#include "transport/tcp/proxy.hpp"
#include "transport/tcp/siege.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

using namespace tributary;
using namespace tributary::test;

namespace {

constexpr Index three_chunks = 3000;  ///< Parameters; a chunk has 4 096 bytes.

Running start_counting_hub(std::size_t steps, int workers, double dead_seconds = 2,
                           Index parameters = three_chunks) {
  return {{.role = Tcp::hub,
           .address = "127.0.0.1:0",
           .workers = workers,
           .secret = key,
           .rejoin_seconds = dead_seconds,
           .timeouts = {.ping_seconds = dead_seconds / 5, .dead_seconds = dead_seconds},
           .chunk_bytes = 4096},
          counting(steps, parameters)};
}
Running start_counting_worker(std::size_t steps, const std::string& address,
                              double dead_seconds = 2, Index parameters = three_chunks) {
  return {{.role = Tcp::worker,
           .address = address,
           .secret = key,
           .join_seconds = 20,
           .reconnect_seconds = 3 * dead_seconds,
           .timeouts = {.ping_seconds = dead_seconds / 5, .dead_seconds = dead_seconds},
           .chunk_bytes = 4096},
          counting(steps, parameters)};
}

/// Bytes that a run of one worker sends in each direction.
struct Traffic {
  std::size_t up, down;
  std::size_t operator[](Way way) const { return way == Way::up ? up : down; }
};
/// Each step is in the center once, although the worker's first connections have these faults.
/// Returns the bytes of the first one.
Traffic check_counts(std::size_t steps, Index parameters, const std::vector<Fault>& faults) {
  Running hub = start_counting_hub(steps, 1, 2, parameters);
  const Proxy proxy{hub.address(), faults};
  Running worker = start_counting_worker(steps, proxy.address(), 2, parameters);
  const Outcome outcome = hub.result();
  CHECK((outcome.parameters.array() == static_cast<float>(steps)).all());
  CHECK(outcome.report.events == steps);
  CHECK(outcome.report.lost == 0);
  CHECK(worker.result().parameters == outcome.parameters);
  return {proxy.recorded(Way::up).size(), proxy.recorded(Way::down).size()};
}

}  // namespace

TEST_CASE("wherever a connection is cut, each step is in the center once") {
  constexpr std::size_t steps = 24;
  const Traffic whole = check_counts(steps, three_chunks, {});
  REQUIRE(whole.up > 8 * 4 * three_chunks);

  std::vector<Fault> faults;
  for (const Way way : {Way::up, Way::down}) {
    const std::size_t all = whole[way];
    std::vector<std::size_t> places;
    for (std::size_t at = 0; at < 1000; at += 61) places.push_back(at);        // the handshake
    for (std::size_t at = 1000; at < 14'000; at += 977) places.push_back(at);  // the first frames
    for (std::size_t i = 1; i < 24; ++i) places.push_back(14'000 + (all - 14'000) * i / 24 + i);
    for (std::size_t back = 1; back < 12'600; back += back < 200 ? 33 : 1801)  // the farewell
      places.push_back(all - back);
    for (const std::size_t at : places) {
      const auto kind = faults.size() % 2 == 0 ? Fault::Kind::close : Fault::Kind::reset;
      faults.push_back({.kind = kind, .way = way, .bytes = at});
    }
  }
  REQUIRE(faults.size() >= 100);
  for (std::size_t i = 0; i < faults.size(); ++i) {
    CAPTURE(static_cast<int>(faults[i].kind));
    CAPTURE(static_cast<int>(faults[i].way));
    CAPTURE(faults[i].bytes);
    // Every third time the next connection fails, too.
    std::vector<Fault> some{faults[i]};
    if (i % 3 == 0) some.push_back(faults[(i * 7) % faults.size()]);
    check_counts(steps, three_chunks, some);
  }
}

// At each byte if TRIBUTARY_FAULT_RUNS is set, see tests/faults.sh.
TEST_CASE("a short session may be cut at each byte") {
  constexpr std::size_t steps = 6;
  constexpr Index parameters = 3;
  const bool all = std::getenv("TRIBUTARY_FAULT_RUNS") != nullptr;
  const Traffic whole = check_counts(steps, parameters, {});
  unsigned turn = 0;
  for (const Way way : {Way::up, Way::down}) {
    for (std::size_t bytes = 0; bytes <= whole[way]; bytes += all ? 1 : 31) {
      CAPTURE(static_cast<int>(way));
      CAPTURE(bytes);
      for (unsigned variants = all ? 4 : 1; variants > 0; --variants, ++turn) {
        CAPTURE(turn % 4);
        const auto kind = turn % 2 == 0 ? Fault::Kind::close : Fault::Kind::reset;
        // The next connection is cut there, too, or it is not.
        check_counts(
            steps, parameters,
            std::vector(1 + turn / 2 % 2, Fault{.kind = kind, .way = way, .bytes = bytes}));
      }
    }
  }
}

TEST_CASE("a link may be slow, or interrupted for a while") {
  constexpr std::size_t steps = 24;
  const auto run = [&](const Fault& fault, milliseconds delay) {
    Running hub = start_counting_hub(steps, 2);
    const Proxy proxy{hub.address(), {fault}, delay};
    Running far = start_counting_worker(steps, proxy.address());
    REQUIRE(holds_soon([&] { return hub.log().commits(0) > 0; }));  // otherwise it is too late
    Running near = start_counting_worker(steps, hub.address());
    const Outcome outcome = hub.result();
    CHECK((outcome.parameters.array() == float{steps}).all());
    CHECK(outcome.report.lost == 0);
    CHECK(far.result().parameters == outcome.parameters);
    CHECK(near.result().parameters == outcome.parameters);
  };
  run({}, milliseconds{7});
  for (const Way way : {Way::up, Way::down}) {
    for (const std::size_t bytes : {100u, 700u, 9000u, 30'000u}) {
      CAPTURE(bytes);
      run({.kind = Fault::Kind::pause, .way = way, .bytes = bytes, .pause = milliseconds{300}}, {});
    }
  }
}

TEST_CASE("rounds continue bit for bit after a cut connection") {
  for (const Way way : {Way::up, Way::down}) {
    for (std::size_t bytes = 0; bytes < 4000; bytes += 157) {
      CAPTURE(bytes);
      Running hub = start_hub(1, 2);
      const Proxy proxy{hub.address(), {{.kind = Fault::Kind::close, .way = way, .bytes = bytes}}};
      Running first = start_worker(proxy.address(), 0);
      wait_for_first(hub);
      CHECK(check_unharmed(hub, first).report.lost == 0);
    }
  }
}

TEST_CASE("a dead worker whose connection still exists is given up") {
  constexpr std::size_t steps = 60;
  constexpr double dead_seconds = 1;
  for (const Way way : {Way::up, Way::down}) {
    CAPTURE(static_cast<int>(way));
    Running hub = start_counting_hub(steps, 2, dead_seconds);
    // In the middle of a commit or reply.
    const Proxy proxy{hub.address(), {{.kind = Fault::Kind::freeze, .way = way, .bytes = 22'000}}};
    Running frozen = start_counting_worker(steps, proxy.address(), dead_seconds);
    REQUIRE(holds_soon([&] { return proxy.frozen(); }));
    Running other = start_counting_worker(steps, hub.address(), dead_seconds);
    const Outcome outcome = hub.result();
    CHECK((outcome.parameters.array() == float{steps}).all());
    CHECK(outcome.report.events == steps);
    CHECK(outcome.report.lost == 1);
    CHECK(other.result().parameters == outcome.parameters);
    CHECK_THROWS_AS(frozen.result(), TcpError);
  }
}

TEST_CASE("workers get the stop of a run at every stage of a commit") {
  const Train train = counting(1'000'000, 250'000);
  for (std::size_t most = 1; most < 30; most += 4) {
    CAPTURE(most);
    Running hub{{.role = Tcp::hub, .address = "127.0.0.1:0", .workers = 3, .secret = key}, train};
    hub.log().stop_after(most);
    const auto start = [&] {
      return Running{{.role = Tcp::worker, .address = hub.address(), .secret = key}, train};
    };
    Running one = start(), two = start(), three = start();
    const Outcome outcome = hub.result();
    CHECK((outcome.parameters.array() == outcome.parameters[0]).all());
    CHECK(outcome.report.lost == 0);
    for (Running* worker : {&one, &two, &three})
      CHECK(worker->result().parameters == outcome.parameters);
  }
}

TEST_CASE("no commit is missed that only arrived at a restarted hub") {
  const auto file =
      std::filesystem::temp_directory_path() / ("tributary_links_" + std::to_string(::getpid()));
  Tcp tcp{.role = Tcp::hub,
          .address = "127.0.0.1:0",
          .workers = 1,
          .secret = key,
          .join_seconds = 0.2,
          .checkpoint = file,
          .chunk_bytes = 4096};
  CHECK_THROWS_AS((Running{tcp, counting(24, three_chunks)}.result()),
                  TcpError);  // no worker connected
  tcp.join_seconds = 20;
  Running again{tcp, counting(24, three_chunks)};
  const Proxy proxy{again.address(),
                    {{.kind = Fault::Kind::close, .way = Way::up, .bytes = 50'000}}};
  Running worker = start_counting_worker(24, proxy.address());
  const Outcome outcome = again.result();
  CHECK((outcome.parameters.array() == 24.0f).all());
  CHECK(outcome.report.lost_commits == 0);
  worker.result();
  for (const char* suffix : {"", ".previous"}) std::filesystem::remove(file.string() + suffix);
}
