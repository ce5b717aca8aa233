// A worker, and a hub that has the key and sends any messages.

#include "transport/tcp/siege.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

using namespace tributary;
using namespace tributary::test;

namespace {

constexpr Index numbers = 4;
constexpr std::size_t steps = 12;  // of two shares

/// A hub whose messages the test defines.
class FakeHub {
 public:
  std::string address() const {
    detail::asio::ip::tcp::endpoint ip;
    const auto endpoint = acceptor_.local_endpoint();
    ip.resize(endpoint.size());
    std::memcpy(ip.data(), endpoint.data(), endpoint.size());
    return "127.0.0.1:" + std::to_string(ip.port());
  }
  /// The next connection; null if there is none.
  std::unique_ptr<Peer> accept(double seconds = 10) {
    for (const detail::Time deadline = after(seconds); detail::Clock::now() < deadline;) {
      detail::wait_for(acceptor_.native_handle(), false, milliseconds{10});
      boost::system::error_code error;
      detail::Socket socket = acceptor_.accept(error);
      if (!error)
        return std::make_unique<Peer>(std::make_unique<detail::PlainStream>(std::move(socket)));
    }
    return nullptr;
  }
  /// Admits it, unless it closes before. Returns its offer.
  static Offer welcome(Peer& worker, const Terms& terms) {
    HubHandshake handshake{key};
    while (!handshake.authenticated()) {
      const auto [header, payload] = worker.frame();
      if (worker.ended()) return {};
      const Answer answer = handshake.received(header, payload);
      REQUIRE(answer);
      worker.say(*answer);
    }
    worker.say(handshake.welcome(terms));
    return handshake.offer();
  }

 private:
  boost::asio::io_context context_;
  detail::Acceptor acceptor_ = detail::listen(context_, detail::Address{"127.0.0.1:0"});
};

Terms good_terms() {
  return {.session = 5,
          .run_id = 6,
          .durable = detail::nothing_to_keep,
          .rank = 1,
          .workers = 2,
          .lease_begin = 0,
          .lease_end = steps / 2,
          .lease_share = 1};
}
Bytes say(FrameType type, const Bytes& payload, std::uint64_t sequence = 0) {
  return frame_of({.type = type, .session = 5, .sequence = sequence, .count = payload.size()},
                  payload);
}
Bytes vector_of(Index count) {
  const Bytes bytes(4 * static_cast<std::size_t>(count));
  return frame_of({.type = FrameType::chunk, .session = 5, .count = bytes.size()}, bytes);
}
Bytes reply_of(const detail::Grant& grant, std::uint64_t sequence = 0) {
  return ByteWriter{}
      .bytes(say(FrameType::reply, detail::ReplyInfo{4 * numbers}.bytes(), sequence))
      .bytes(vector_of(numbers))
      .bytes(say(FrameType::grant, grant.bytes()))
      .take();
}
detail::Grant good_grant() { return {.lease = {1, 0, steps / 2}, .workers = 2}; }

/// The error of a worker that is admitted with these terms, and receives these bytes.
std::string end_of(const Terms& terms, const Bytes& words) {
  FakeHub hub;
  Running worker{{.role = Tcp::worker,
                  .address = hub.address(),
                  .secret = key,
                  .join_seconds = 20,
                  .reconnect_seconds = 0.5},
                 counting(steps, numbers)};
  const auto peer = hub.accept();
  REQUIRE(peer);
  FakeHub::welcome(*peer, terms);
  peer->say(words);
  CHECK(peer->is_closed());
  try {
    worker.result();
  } catch (const TcpError& error) {
    return error.what();
  }
  return "it has not failed";
}

}  // namespace

TEST_CASE("impossible terms end a worker with an error") {
  const auto expect = [](const char* what, const auto& change) {
    Terms terms = good_terms();
    change(terms);
    CAPTURE(what);
    CHECK(end_of(terms, {}).find(what) != std::string::npos);
  };
  const char* malformed = "does not follow the protocol";
  expect("Tcp: this worker has refused the hub at ", [](Terms& t) { t.session = 0; });
  expect(malformed, [](Terms& t) { t.session = 0; });
  expect(malformed, [](Terms& t) { t.rank = 2; });
  expect(malformed, [](Terms& t) { t.rank = std::numeric_limits<std::int32_t>::max(); });
  expect(malformed, [](Terms& t) { t.workers = std::numeric_limits<std::int32_t>::max(); });
  expect(malformed, [](Terms& t) { t.lease_share = 2; });
  expect(malformed, [](Terms& t) { t.lease_share = -1; });
  const char* no_work = "lease is not part of the run";
  expect(no_work, [](Terms& t) { t.lease_end = steps / 2 + 1; });
  expect(no_work, [](Terms& t) { t.lease_begin = t.lease_end = ~std::uint64_t{0}; });
}

TEST_CASE("a hub with invalid messages ends a worker with an error, at once") {
  const auto expect = [](const char* what, const Bytes& words) {
    CAPTURE(what);
    const std::string end = end_of(good_terms(), words);
    CAPTURE(end);
    CHECK(end.find(what) != std::string::npos);
  };
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{8}})
    expect("the size is not the expected one",
           say(FrameType::farewell, detail::Parting{.vector_bytes = size}.bytes()));
  for (const std::uint64_t size : {std::uint64_t{20}, ~std::uint64_t{0}}) {
    expect("longer than allowed",
           say(FrameType::farewell, detail::Parting{.vector_bytes = size}.bytes()));
    expect("longer than allowed", say(FrameType::reply, detail::ReplyInfo{size}.bytes()));
  }
  expect("not expected now", say(FrameType::reply, detail::ReplyInfo{16}.bytes(), 3));
  expect("not expected now", say(FrameType::commit, {}));
  expect("not expected now", [] {  // two ends
    const Bytes end = say(FrameType::farewell, detail::Parting{.vector_bytes = 16}.bytes());
    return ByteWriter{}.bytes(end).bytes(end).take();
  }());
  const auto granted = [](const auto& change) {
    detail::Grant grant = good_grant();
    change(grant);
    return reply_of(grant);
  };
  expect("does not fit the run", granted([](detail::Grant& g) { g.workers = 3; }));
  expect("does not fit the run", granted([](detail::Grant& g) { g.lease.share = 0; }));
  expect("not part of the run", granted([](detail::Grant& g) { g.lease.end = 1000; }));
  expect("not part of the run", granted([](detail::Grant& g) {
           g.next = detail::Grant::Next::begin;
           g.lease.share = 2;
         }));
}

TEST_CASE("a message that the hub always refuses is not sent forever") {
  FakeHub hub;
  Running worker{{.role = Tcp::worker,
                  .address = hub.address(),
                  .secret = key,
                  .join_seconds = 20,
                  .reconnect_seconds = 3},
                 counting(steps, numbers)};
  int times = 0;
  const Bytes refusal = say(FrameType::refuse,
                            ByteWriter{}
                                .number(static_cast<std::uint16_t>(TcpErrc::wrong_payload_checksum))
                                .text("a bit has flipped")
                                .take());
  while (const auto peer = hub.accept(times == 0 ? 10 : 3)) {
    Terms terms = good_terms();
    terms.fresh = times++ == 0;
    FakeHub::welcome(*peer, terms);
    if (terms.fresh) peer->say(reply_of(good_grant()));
    for (auto type = FrameType{}; type != FrameType::commit && !peer->ended();)
      type = peer->frame().first.type;
    peer->say(refusal);
    peer->is_closed();
  }
  CHECK_THROWS_WITH_AS(worker.result(),
                       doctest::Contains("has refused this worker: a bit has flipped"), TcpError);
  CHECK(times > 1);
  CHECK(times < 20);
}

TEST_CASE("a worker that is always too slow ends, with the hub's reason") {
  const Bytes refusal =
      say(FrameType::refuse, ByteWriter{}
                                 .number(static_cast<std::uint16_t>(TcpErrc::too_slow))
                                 .text("no commit arrived in time")
                                 .take());
  for (const bool hears_reply : {true, false}) {
    CAPTURE(hears_reply);
    FakeHub hub;
    Running worker{{.role = Tcp::worker,
                    .address = hub.address(),
                    .secret = key,
                    .join_seconds = 20,
                    .reconnect_seconds = 3},
                   counting(steps, numbers)};
    int times = 0;
    while (const auto peer = hub.accept(times == 0 ? 10 : 3)) {
      ++times;
      FakeHub::welcome(*peer, good_terms());
      if (hears_reply) {
        peer->say(reply_of(good_grant()));
        for (auto type = FrameType{}; type != FrameType::commit && !peer->ended();)
          type = peer->frame().first.type;
      }
      peer->say(refusal);  // and closes it, with bytes of the worker unread
    }
    CHECK_THROWS_WITH_AS(worker.result(),
                         doctest::Contains("has refused this worker: no commit arrived in time"),
                         TcpError);
    CHECK(times > 1);
    CHECK(times < 20);
  }
}

TEST_CASE("a worker that starts again takes the free rank") {
  FakeHub hub;
  Running worker{
      {.role = Tcp::worker, .address = hub.address(), .secret = key, .reconnect_seconds = 20},
      counting(steps, numbers)};
  {
    const auto peer = hub.accept();
    REQUIRE(peer);
    CHECK(FakeHub::welcome(*peer, good_terms()).wanted_rank == -1);
    peer->say(reply_of(good_grant()));
    while (peer->frame().first.type != FrameType::commit && !peer->ended()) {
    }
  }
  Terms other = good_terms();
  other.rank = other.lease_share = 0;
  for (const bool fresh : {true, false}) {  // and is disconnected before it can pull
    other.fresh = fresh;
    const auto peer = hub.accept();
    REQUIRE(peer);
    CHECK(FakeHub::welcome(*peer, other).wanted_rank == -1);
    if (fresh) continue;
    auto type = FrameType{};
    while ((type = peer->frame().first.type) == FrameType::ready || type == FrameType::ping) {
    }
    CHECK(type == FrameType::pull);
    detail::Grant grant = good_grant();
    grant.lease.share = 0;
    peer->say(reply_of(grant));
    while ((type = peer->frame().first.type) == FrameType::ping) {
    }
    CHECK(type == FrameType::commit);
    peer->say(say(FrameType::farewell, detail::Parting{.vector_bytes = 4 * numbers}.bytes()));
    peer->say(vector_of(numbers));
    peer->is_closed();
  }
  CHECK((worker.result().parameters.array() == 0.0f).all());
}
