#include "support/problems.hpp"
#include "transport/tcp/counter.hpp"
#include "transport/tcp/proxy.hpp"
#include "transport/tcp/siege.hpp"

#include <doctest/doctest.h>

#include <tributary/codec/floating_point.hpp>
#include <tributary/codec/int8.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/trainer/trainer.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace tributary;
using namespace tributary::test;

namespace {

Running start_sharded(Tcp::Role role, const std::string& address, const Train& run) {
  return {{.role = role,
           .address = address,
           .secret = key,
           .join_seconds = 20,
           .reconnect_seconds = 5,
           .chunk_bytes = 4096,
           .shards = role == Tcp::hub ? 3 : 1},  // the refusal of a worker
          run};
}

}  // namespace

TEST_CASE("the shards of a message cover it exactly once") {
  for (const std::size_t bytes : {0u, 1u, 63u, 64u, 100u, 4096u, 1'068'008u}) {
    for (const std::size_t shards : {1u, 2u, 3u, 7u, 64u}) {
      std::size_t end = 0;
      for (std::size_t shard = 0; shard < shards; ++shard) {
        const detail::ByteRange part = detail::part_of(bytes, shard, shards);
        CHECK(part.begin == end);
        CHECK(part.end >= part.begin);
        CHECK(part.end - part.begin <= bytes / shards + 2 * 64);
        end = part.end;
      }
      CHECK(end == bytes);
    }
  }
}

TEST_CASE("rounds over any number of connections give the same bits") {
  const BasicEvents<float> data = line<float>(320);
  const auto train = [&](int shards) {
    Tcp tcp = Tcp::local(3);
    tcp.shards = shards;
    tcp.chunk_bytes = 4096;
    const TrainOptions options{.epochs = 2, .batch_size = 8, .seed = Seed{3}};
    const auto trained =
        Trainer{Counter{10'007}, tcp, Averaging{.period = 2}, Sgd{.learning_rate = 0.3}}.train(
            Rows{240}, options);
    const auto small =
        Trainer{LinearModel<float>{}, tcp, Averaging{.period = 2}, Sgd{.learning_rate = 0.1}}.train(
            data, options);
    CHECK(trained.report.bytes > 10 * 3 * 2 * 4 * 10'007);
    return std::pair{trained.parameters(), small.parameters()};
  };
  const auto expected = train(1);
  for (const int shards : {2, 5}) {
    CAPTURE(shards);
    CHECK(train(shards) == expected);
  }
}

TEST_CASE("vectors are divided into shards with every codec") {
  const auto train = [](auto tcp) {
    tcp.shards = 3;
    return Trainer{Counter{3001}, tcp, Downpour{.period = 4}, Sgd{.learning_rate = 1}}
        .train(Rows{256}, {.batch_size = 1})
        .parameters();
  };
  CHECK((train(BasicTcp<Float16, Float16>::local(2)).array() == 256).all());
  CHECK((train(BasicTcp<Int8>::local(2)).array() - 256).abs().maxCoeff() < 1);
}

TEST_CASE("if any connection of a worker is cut, each step is in the center once") {
  constexpr std::size_t steps = 12;
  constexpr Index parameters = 9000;  // 12 000 bytes a part
  const auto check = [&](const std::vector<Fault>& faults) {
    Running hub = start_sharded(Tcp::hub, "127.0.0.1:0", counting(steps, parameters));
    const Proxy proxy{hub.address(), faults};
    Running worker = start_sharded(Tcp::worker, proxy.address(), counting(steps, parameters));
    const Outcome outcome = hub.result();
    CHECK((outcome.parameters.array() == static_cast<float>(steps)).all());
    CHECK(outcome.report.events == steps);
    CHECK(outcome.report.lost == 0);
    CHECK(worker.result().parameters == outcome.parameters);
  };
  check({});
  bool reset = false;
  for (const std::size_t connection : {0u, 1u, 2u}) {
    CAPTURE(connection);
    for (const Way way : {Way::up, Way::down}) {
      CAPTURE(static_cast<int>(way));
      for (const std::size_t bytes : {0u, 100u, 500u, 4000u, 20'000u, 40'000u, 100'001u}) {
        CAPTURE(bytes);
        std::vector<Fault> faults(connection + 1);
        reset = !reset;
        faults.back() = {
            .kind = reset ? Fault::Kind::reset : Fault::Kind::close, .way = way, .bytes = bytes};
        check(faults);
      }
    }
  }
}

TEST_CASE("a connection cannot be added to another worker's session") {
  Running hub{{.role = Tcp::hub,
               .address = "127.0.0.1:0",
               .workers = 2,
               .secret = key,
               .rejoin_seconds = 0,
               .shards = 2},
              train_in_rounds};
  const std::string address = hub.address();
  Running first = start_worker(address, 0);
  wait_for_first(hub);
  Peer peer{address};
  const Offer mine{.worker_id = 7, .wanted_rank = 1, .fingerprint = hub.fingerprint()};
  const Terms terms = peer.enter(key, mine);
  CHECK(terms.shards == 2);
  const auto refused = [&](const Offer& offer) -> std::string {
    Peer other{address};
    try {
      other.enter(key, offer);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  };
  Offer more = mine;
  more.session = terms.session;
  more.shard = 2;  // of shards 0 and 1
  CHECK(refused(more).find("the connection belongs to no connected worker") == 0);
  more.shard = 1;
  more.session ^= 1;
  CHECK(refused(more).find("the connection belongs to no connected worker") == 0);
  more.session ^= 1;
  more.worker_id = 8;
  CHECK(refused(more).find("the connection belongs to no connected worker") == 0);
  CHECK(holds_soon(
      [&] { return hub.log().told("the connection belongs to no connected worker") == 3; }));
}

TEST_CASE("an impossible number of shards is refused before a run") {
  const auto complain = [](int shards, bool relaxed) -> std::string {
    try {
      Tcp{.relaxed_atomicity = relaxed, .shards = shards}.validate();
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  CHECK(complain(0, false) == "Tcp::shards = 0, must be in [1, 64]");
  CHECK(complain(65, false) == "Tcp::shards = 65, must be in [1, 64]");
  CHECK(complain(2, true) == "Tcp::shards = 2, must be 1 if relaxed_atomicity is on");
  CHECK(complain(64, false).empty());
}
