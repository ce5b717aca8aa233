#include <tributary/transport/tcp/handshake.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <tuple>
#include <utility>

#include "transport/tcp/support.hpp"

using namespace tributary;

namespace {

const Secret key = Secret::of("a key of the test"), other_key = Secret::of("another key of it"),
             none;

const Offer offer{.worker_id = 0x1122334455667788,
                  .wanted_rank = 3,
                  .run_id = 0x99aabbccddeeff00,
                  .acknowledged = 41,
                  .merges = 0x0807060504030201,
                  .session = 0x1020304050607080,
                  .shard = 2,
                  .codec = CodecId::float16,
                  .fingerprint = {{{"scalar", "float"}, {"Easgd::period", "32"}}}};
const Terms terms{.session = 0x0102030405060708,
                  .run_id = 0x99aabbccddeeff00,
                  .last_applied = 41,
                  .durable = 40,
                  .merges = 1000,
                  .rank = 3,
                  .workers = 4,
                  .credits = 2,
                  .lease_begin = 100,
                  .lease_end = 200,
                  .lease_share = 1,
                  .fresh = false,
                  .shards = 3};

Bytes32 nonce(int first) {
  Bytes32 bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(first + int(i));
  return bytes;
}

/// A frame as another sender might make it: with any payload and correct checksums.
Bytes resealed(const Bytes& frame, auto change) {
  const Frames frames{frame};
  REQUIRE(frames.frames.size() == 1);
  FrameHeader header = frames.frames[0].header;
  Bytes payload = frames.frames[0].payload;
  change(payload);
  header.count = payload.size();
  header.length = static_cast<std::uint32_t>(payload.size());
  header.payload_crc = crc32c(payload);
  return ByteWriter{}.bytes(encode(header)).bytes(payload).take();
}
void flip(Bytes& bytes, std::size_t bit) {
  bytes[bit / 8] ^= std::byte{1} << static_cast<int>(bit % 8);
}

std::string hex(const Bytes& bytes) {
  std::string digits;
  for (const std::byte byte : bytes)
    for (const int shift : {4, 0})
      digits += "0123456789abcdef"[std::to_integer<int>(byte) >> shift & 15];
  return digits;
}

Bytes payload_of(const Bytes& frame) { return {frame.begin() + frame_header_bytes, frame.end()}; }

TcpErrc refusal(auto& side, const Bytes& stream) {
  const Answer answer = deliver(side, stream);
  REQUIRE_FALSE(answer);
  return answer.error().code;
}

/// Both sides and the frames that they send, step by step.
struct Session {
  WorkerHandshake worker;
  HubHandshake hub;
  Bytes hello = worker.hello(), challenge, auth, welcome, ready;

  explicit Session(const Secret& of_worker = key, const Secret& of_hub = key, int nonces = 0,
                   const Offer& of = offer)
      : worker{of_worker, of, nonce(nonces)}, hub{of_hub, nonce(nonces + 100)} {}

  void challenged() { challenge = *deliver(hub, hello); }
  void answered() {
    challenged();
    auth = *deliver(worker, challenge);
  }
  void authenticated() {
    answered();
    REQUIRE(deliver(hub, auth));
    REQUIRE(hub.authenticated());
  }
  void welcomed() {
    authenticated();
    welcome = hub.welcome(terms);
  }
  void done() {
    welcomed();
    ready = *deliver(worker, welcome);
    REQUIRE(deliver(hub, ready));
  }
};

}  // namespace

TEST_CASE("a worker and a hub with the same key come to terms") {
  for (const Secret* const secret : {&key, &none}) {
    Session session{*secret, *secret};
    session.authenticated();
    CHECK(session.hub.offer() == offer);
    CHECK_FALSE(session.hub.done());
    session.welcome = session.hub.welcome(terms);
    CHECK_FALSE(session.worker.done());
    session.ready = *deliver(session.worker, session.welcome);
    CHECK(session.worker.done());
    CHECK(session.worker.terms() == terms);
    CHECK_FALSE(session.hub.done());
    CHECK(deliver(session.hub, session.ready)->empty());
    CHECK(session.hub.done());
    CHECK(Frames{session.welcome}.frames[0].header.session == terms.session);
    CHECK(Frames{session.ready}.frames[0].header.session == terms.session);
  }
}

TEST_CASE("the frames have the bytes of docs/protocol.md, made by another program") {
  Session session;
  session.done();
  CHECK(hex(session.hello) ==
        "5452425401000100000000001332741b00000000000000000000000000000000"
        "000000000000000000000000000000007500000000000000750000005ee10eb6"
        "01010303000000887766554433221100ffeeddccbbaa99290000000000000001"
        "0203040506070880706050403020100200000102030405060708090a0b0c0d0e"
        "0f101112131415161718191a1b1c1d1e1f020006007363616c61720500666c6f"
        "61740d0045617367643a3a706572696f6402003332");
  CHECK(hex(session.challenge) ==
        "5452425401000200000000009198cc7100000000000000000000000000000000"
        "00000000000000000000000000000000210000000000000021000000ffcec429"
        "016465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182"
        "83");
  CHECK(hex(session.auth) ==
        "545242540100030000000000d4f120eb00000000000000000000000000000000"
        "00000000000000000000000000000000200000000000000020000000789cf173"
        "c071a9b121f05250f79a9c2e27f14e1bd8eac402e5d92a74ccb3a0e136eed865");
  CHECK(hex(session.welcome) ==
        "545242540100040000000000ef92aebe08070605040302010000000000000000"
        "000000000000000000000000000000006b000000000000006b00000014f413e3"
        "080706050403020100ffeeddccbbaa9929000000000000002800000000000000"
        "e8030000000000000300000004000000020000006400000000000000c8000000"
        "000000000100000000030031c569aa5d42847122fe3724271b169520ef5b24c8"
        "369a379a16c3fc62fcc494");
  CHECK(hex(session.ready) ==
        "545242540100050000000000738a134108070605040302010000000000000000"
        "0000000000000000000000000000000000000000000000000000000000000000");
  CHECK(hex(refuse_frame(TcpErrc::wrong_key)) ==
        "545242540100060000000000a1902a6c00000000000000000000000000000000"
        "00000000000000000000000000000000150000000000000015000000bfca584e"
        "1000110077726f6e67206b6579206f72206e6f6e65");
}

TEST_CASE("two handshakes have nonces of their own") {
  CHECK(WorkerHandshake{key, offer}.hello() != WorkerHandshake{key, offer}.hello());
  HubHandshake one{key}, other{key};
  const Bytes hello = WorkerHandshake{key, offer}.hello();
  CHECK(*deliver(one, hello) != *deliver(other, hello));
}

TEST_CASE("a worker without the key, or with another one, gets no other reason") {
  for (const auto& [of_worker, of_hub] :
       {std::pair{&none, &key}, {&other_key, &key}, {&key, &none}}) {
    Session session{*of_worker, *of_hub};
    session.answered();
    const Answer answer = deliver(session.hub, session.auth);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == TcpErrc::wrong_key);
    CHECK(answer.error().text == "wrong key or none");
    CHECK_FALSE(session.hub.authenticated());

    const Answer heard = deliver(session.worker, refuse_frame(answer.error()));
    REQUIRE_FALSE(heard);
    CHECK(heard.error().code == TcpErrc::wrong_key);
    CHECK(heard.error().text == "wrong key or none");
    CHECK_FALSE(session.worker.done());
  }
}

TEST_CASE("a hub without the key does not get a worker") {
  for (const Secret* const of_hub : {&none, &other_key}) {
    Session session;
    session.answered();
    // The WELCOME of this hub, without a check of the proof.
    const Bytes granted = detail::write_terms(terms);
    const Bytes said = ByteWriter{}
                           .bytes(bytes_of("tributary hub"))
                           .bytes(session.hello)
                           .bytes(session.challenge)
                           .bytes(session.auth)
                           .bytes(granted)
                           .take();
    const auto welcome = [&](const Secret& secret) {
      return whole_frame(FrameType::welcome, terms.session,
                         ByteWriter{}.bytes(granted).bytes(secret.sign(said)).take());
    };
    CHECK(refusal(session.worker, welcome(*of_hub)) == TcpErrc::wrong_key);
    CHECK_FALSE(session.worker.done());

    Session right;
    right.answered();
    CHECK(deliver(right.worker, welcome(key)));  // so the key was wrong
  }
}

TEST_CASE("a recorded handshake is useless for another session") {
  Session recorded;
  recorded.done();
  HubHandshake hub{key, nonce(50)};
  REQUIRE(deliver(hub, recorded.hello));
  CHECK(refusal(hub, recorded.auth) == TcpErrc::wrong_key);
  CHECK_FALSE(hub.authenticated());

  WorkerHandshake worker{key, offer, nonce(60)};
  REQUIRE(deliver(worker, recorded.challenge));
  CHECK(refusal(worker, recorded.welcome) == TcpErrc::wrong_key);
  CHECK_FALSE(worker.done());
}

TEST_CASE("a reflected message is refused") {
  const auto run = [](auto step) {
    Session session;
    session.done();
    Session again;
    step(session, again);
  };
  run([](Session& said, Session& now) {
    CHECK(refusal(now.worker, said.hello) == TcpErrc::unexpected_message);
  });
  run([](Session& said, Session& now) {
    now.challenged();
    CHECK(refusal(now.hub, said.challenge) == TcpErrc::unexpected_message);
  });
  run([](Session& said, Session& now) {
    now.answered();
    CHECK(refusal(now.worker, said.auth) == TcpErrc::unexpected_message);
  });
  run([](Session& said, Session& now) {
    now.welcomed();
    CHECK(refusal(now.hub, said.welcome) == TcpErrc::unexpected_message);
  });
  // A worker's proof is not accepted as a hub's, with any other bytes.
  Session session;
  session.answered();
  const Bytes proof = payload_of(session.auth);
  SUBCASE("with terms") {
    const Bytes welcome =
        whole_frame(FrameType::welcome, terms.session,
                    ByteWriter{}.bytes(detail::write_terms(terms)).bytes(proof).take());
    CHECK(refusal(session.worker, welcome) == TcpErrc::wrong_key);
  }
  SUBCASE("alone") {
    CHECK(refusal(session.worker, whole_frame(FrameType::welcome, 0, proof)) == TcpErrc::wrong_key);
  }
}

TEST_CASE("a version that one side does not support is refused") {
  const auto with_versions = [](int lowest, int highest) {
    return resealed(Session{}.hello, [&](Bytes& payload) {
      payload[0] = static_cast<std::byte>(lowest);
      payload[1] = static_cast<std::byte>(highest);
    });
  };
  for (const auto& [lowest, highest, expected] : {std::tuple{0, 0, TcpErrc::unknown_version},
                                                  {2, 5, TcpErrc::unknown_version},
                                                  {255, 255, TcpErrc::unknown_version},
                                                  {2, 1, TcpErrc::malformed},
                                                  {1, 0, TcpErrc::malformed}}) {
    HubHandshake hub{key};
    CHECK(refusal(hub, with_versions(lowest, highest)) == expected);
  }
  for (const int version : {0, 2, 255}) {
    Session session;
    session.challenged();
    CHECK(refusal(session.worker, resealed(session.challenge, [&](Bytes& payload) {
                    payload[0] = static_cast<std::byte>(version);
                  })) == TcpErrc::unknown_version);
  }
}

TEST_CASE(
    "a hub answers a worker of this and later versions, and an attacker cannot change the choice") {
  // From a worker with more versions: an attacker that removes its other versions is detected.
  Session session;
  const Bytes more = resealed(session.hello, [](Bytes& payload) { payload[1] = std::byte{9}; });
  session.challenge = *deliver(session.hub, more);
  session.auth = *deliver(session.worker, session.challenge);
  CHECK(refusal(session.hub, session.auth) == TcpErrc::wrong_key);
}

TEST_CASE("every changed bit is detected, even with corrected checksums") {
  const auto bits = [](const Bytes& frame) { return 8 * (frame.size() - frame_header_bytes); };
  const auto flipped = [](const Bytes& frame, std::size_t bit) {
    return resealed(frame, [&](Bytes& payload) { flip(payload, bit); });
  };
  Session sample;
  sample.done();
  for (std::size_t bit = 0; bit < bits(sample.hello); ++bit) {
    Session session;
    const Answer challenge = deliver(session.hub, flipped(session.hello, bit));
    if (!challenge) continue;
    CHECK(refusal(session.hub, *deliver(session.worker, *challenge)) == TcpErrc::wrong_key);
  }
  for (std::size_t bit = 0; bit < bits(sample.challenge); ++bit) {
    Session session;
    session.challenged();
    const Answer auth = deliver(session.worker, flipped(session.challenge, bit));
    if (!auth) continue;
    CHECK(refusal(session.hub, *auth) == TcpErrc::wrong_key);
  }
  for (std::size_t bit = 0; bit < bits(sample.auth); ++bit) {
    Session session;
    session.answered();
    CHECK(refusal(session.hub, flipped(session.auth, bit)) == TcpErrc::wrong_key);
  }
  for (std::size_t bit = 0; bit < bits(sample.welcome); ++bit) {
    Session session;
    session.welcomed();
    CHECK(refusal(session.worker, flipped(session.welcome, bit)) == TcpErrc::wrong_key);
  }
}

TEST_CASE("a message that ends early or late is refused") {
  const auto check = [](auto prepare, auto message, auto side, TcpErrc longer) {
    Session sample;
    sample.done();
    const std::size_t size = (sample.*message).size() - frame_header_bytes;
    for (std::size_t length = 0; length <= size + 1; ++length) {
      if (length == size) continue;
      Session session;
      (session.*prepare)();
      const Bytes frame =
          resealed(session.*message, [&](Bytes& payload) { payload.resize(length); });
      const TcpErrc error = refusal(session.*side, frame);
      CHECK((error == TcpErrc::malformed || error == longer));
    }
  };
  check(&Session::challenged, &Session::challenge, &Session::worker, TcpErrc::malformed);
  check(&Session::answered, &Session::auth, &Session::hub, TcpErrc::malformed);
  check(&Session::welcomed, &Session::welcome, &Session::worker, TcpErrc::wrong_key);
  const std::size_t size = Session{}.hello.size() - frame_header_bytes;
  for (std::size_t length = 0; length <= size + 1; ++length) {
    if (length == size) continue;
    HubHandshake hub{key};
    CHECK(refusal(hub, resealed(Session{}.hello, [&](Bytes& payload) {
                    payload.resize(length);
                  })) == TcpErrc::malformed);
  }
}

TEST_CASE("only the expected message is accepted") {
  const auto check = [](auto prepare, auto side, std::initializer_list<FrameType> taken) {
    for (std::uint8_t type = 1; type <= 15; ++type) {
      if (std::ranges::count(taken, FrameType{type})) continue;
      Session session;
      prepare(session);
      CHECK(refusal(session.*side, whole_frame(FrameType{type}, 0, {})) ==
            TcpErrc::unexpected_message);
    }
  };
  using enum FrameType;
  check([](Session&) {}, &Session::hub, {hello});
  check([](Session& s) { s.answered(); }, &Session::hub, {auth});
  check([](Session& s) { s.authenticated(); }, &Session::hub, {});
  check([](Session& s) { s.welcomed(); }, &Session::hub, {ready});
  check([](Session& s) { s.done(); }, &Session::hub, {});
  check([](Session&) {}, &Session::worker, {challenge, refuse});
  check([](Session& s) { s.answered(); }, &Session::worker, {welcome, refuse});
  check([](Session& s) { s.done(); }, &Session::worker, {});
}

TEST_CASE("after an error no message is accepted") {
  const Bytes wrong = whole_frame(FrameType::ping, 0, {});
  Session session;
  session.challenged();
  CHECK(refusal(session.worker, wrong) == TcpErrc::unexpected_message);
  CHECK(refusal(session.worker, session.challenge) == TcpErrc::unexpected_message);

  Session other;
  other.answered();
  CHECK(refusal(other.hub, wrong) == TcpErrc::unexpected_message);
  CHECK(refusal(other.hub, other.auth) == TcpErrc::unexpected_message);
  CHECK_FALSE(other.hub.authenticated());
}

TEST_CASE("a session cut at any byte has processed its complete frames") {
  Session sample;
  sample.done();
  const Bytes to_hub = ByteWriter{}.bytes(sample.hello).bytes(sample.auth).take();
  for (std::size_t cut = 0; cut <= to_hub.size(); ++cut) {
    Session session;
    const Answer answer = deliver(session.hub, std::span{to_hub}.first(cut));
    REQUIRE(answer);
    CHECK(*answer == (cut < sample.hello.size() ? Bytes{} : sample.challenge));
    CHECK(session.hub.authenticated() == (cut == to_hub.size()));
  }
  const Bytes to_worker = ByteWriter{}.bytes(sample.challenge).bytes(sample.welcome).take();
  for (std::size_t cut = 0; cut <= to_worker.size(); ++cut) {
    Session session;
    const Answer answer = deliver(session.worker, std::span{to_worker}.first(cut));
    REQUIRE(answer);
    CHECK(session.worker.done() == (cut == to_worker.size()));
  }
  for (std::size_t cut = 0; cut <= sample.ready.size(); ++cut) {
    Session session;
    session.welcomed();
    REQUIRE(deliver(session.hub, std::span{sample.ready}.first(cut)));
    CHECK(session.hub.done() == (cut == sample.ready.size()));
  }
}

TEST_CASE("bytes of other protocols are refused as such") {
  for (const std::string_view start :
       {"GET / HTTP/1.1\r\n", "\x16\x03\x01\x02", "\x80\x04\x95\x1d"}) {
    std::string bytes{start};
    bytes.resize(200, '\n');
    HubHandshake hub{key};
    const Answer answer = deliver(hub, bytes_of(bytes));
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == TcpErrc::wrong_magic);
    CHECK(answer.error().text == "the bytes are not from a Tributary peer");
  }
}

TEST_CASE("a frame that is not a whole message, or not as its header says, is refused") {
  const auto check = [](auto change, TcpErrc expected) {
    HubHandshake hub{key};
    Frames frames{Session{}.hello};
    change(frames.frames[0].header);
    const Answer answer = hub.received(frames.frames[0].header, frames.frames[0].payload);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == expected);
  };
  check([](FrameHeader& h) { h.payload_crc ^= 1; }, TcpErrc::wrong_payload_checksum);
  check([](FrameHeader& h) { h.session = 1; }, TcpErrc::wrong_session);
  check([](FrameHeader& h) { h.count += 1; }, TcpErrc::malformed);
  check([](FrameHeader& h) { h.offset = 1; }, TcpErrc::malformed);
  check([](FrameHeader& h) { h.length -= 1; }, TcpErrc::malformed);
  check([](FrameHeader& h) { h.codec = CodecId::int8; }, TcpErrc::malformed);
  check([](FrameHeader& h) { h.shard = 1; }, TcpErrc::malformed);
  check([](FrameHeader& h) { h.sequence = 1; }, TcpErrc::malformed);
  check([](FrameHeader& h) { h.merges = 1; }, TcpErrc::malformed);

  HubHandshake hub{key};
  const Bytes payload(max_handshake_bytes + 1);
  const Answer answer = hub.received(whole_header(FrameType::hello, 0, payload), payload);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == TcpErrc::too_long);
}

TEST_CASE("frames of another session are refused") {
  Session session;
  session.done();
  Session now;
  now.welcomed();
  CHECK(refusal(now.hub, whole_frame(FrameType::ready, terms.session + 1, {})) ==
        TcpErrc::wrong_session);
  Session other;
  other.welcomed();
  CHECK(refusal(other.worker, whole_frame(FrameType::welcome, terms.session + 1,
                                          payload_of(other.welcome))) == TcpErrc::wrong_session);
}

TEST_CASE("a HELLO of values that no worker has is refused") {
  const auto check = [](const Offer& of, TcpErrc expected) {
    HubHandshake hub{key};
    const Bytes hello = whole_frame(FrameType::hello, 0, detail::write_hello(of, nonce(0)));
    CHECK(refusal(hub, hello) == expected);
  };
  const auto with = [](auto change) {
    Offer changed = offer;
    change(changed);
    return changed;
  };
  check(with([](Offer& o) { o.codec = CodecId::none; }), TcpErrc::unknown_codec);
  check(with([](Offer& o) { o.codec = CodecId{9}; }), TcpErrc::unknown_codec);
  check(with([](Offer& o) { o.wanted_rank = -2; }), TcpErrc::malformed);
  check(with([](Offer& o) { o.session = 0; }), TcpErrc::malformed);
  check(with([](Offer& o) { o.shard = 0; }), TcpErrc::malformed);
  check(with([](Offer& o) { o.fingerprint.fields.resize(257); }), TcpErrc::malformed);
  check(with([](Offer& o) { o.fingerprint.fields[1].second = "3\n2"; }), TcpErrc::malformed);
  HubHandshake hub{key};
  CHECK(refusal(hub, resealed(Session{}.hello, [](Bytes& payload) {
                  payload[81] = payload[82] = std::byte{0xff};  // the number of fields
                })) == TcpErrc::malformed);
}

TEST_CASE("terms that no hub grants are refused, even with the key") {
  const auto check = [](auto change) {
    Session session;
    session.authenticated();
    Terms changed = terms;
    change(changed);
    CHECK(refusal(session.worker, session.hub.welcome(changed)) == TcpErrc::malformed);
    CHECK_FALSE(session.worker.done());
  };
  check([](Terms& t) { t.session = 0; });
  check([](Terms& t) { t.rank = -1; });
  check([](Terms& t) { t.rank = t.workers; });
  check([](Terms& t) { t.lease_share = -1; });
  check([](Terms& t) { t.lease_share = t.workers; });
  check([](Terms& t) { t.workers = max_workers + 1; });
  check([](Terms& t) { t.workers = 0; });
  check([](Terms& t) { t.shards = 0; });
  check([](Terms& t) { t.shards = 65; });
  check([](Terms& t) { t.lease_begin = t.lease_end + 1; });
}

TEST_CASE("a bool that is neither 0 nor 1 is refused") {
  Bytes granted = detail::write_terms(terms);
  granted[granted.size() - 3] = std::byte{2};
  REQUIRE_FALSE(detail::read_terms(granted));
  CHECK(detail::read_terms(granted).error() == TcpErrc::malformed);
}

TEST_CASE("an offer that does not fit in a HELLO is no handshake") {
  const auto with = [](std::string value, std::size_t fields) {
    Offer changed = offer;
    changed.fingerprint.fields.assign(fields, {"name", std::move(value)});
    return changed;
  };
  CHECK_NOTHROW(WorkerHandshake{key, with("value", 256)});
  CHECK_THROWS_AS((WorkerHandshake{key, with("value", 257)}), std::invalid_argument);
  CHECK_THROWS_AS((WorkerHandshake{key, with("value", 65'536)}), std::invalid_argument);
  CHECK_NOTHROW(WorkerHandshake{key, with(std::string(4000, 'x'), 1)});
  CHECK_THROWS_AS((WorkerHandshake{key, with(std::string(4096, 'x'), 1)}), std::invalid_argument);
  CHECK_THROWS_AS((WorkerHandshake{key, with(std::string(70'000, 'x'), 1)}), std::invalid_argument);
  CHECK_THROWS_AS((WorkerHandshake{key, with("\x1b[2J", 1)}), std::invalid_argument);
}

TEST_CASE("a worker gets the reason of a refusal at any time before it is done") {
  const Bytes refuse = refuse_frame({TcpErrc::different_settings, "Easgd::period: ...\n\x1b[2J"});
  const auto check = [&](auto prepare) {
    Session session;
    prepare(session);
    const Answer answer = deliver(session.worker, refuse);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == TcpErrc::different_settings);
    CHECK(answer.error().text == "Easgd::period: ...??[2J");
    CHECK(refusal(session.worker, session.challenge) == TcpErrc::unexpected_message);
  };
  check([](Session& session) { session.challenged(); });
  check([](Session& session) { session.answered(); });
}

TEST_CASE("a refusal is short, printable and has a known error") {
  const auto heard = [](const Bytes& payload) {
    Session session;
    const Answer answer = deliver(session.worker, whole_frame(FrameType::refuse, 0, payload));
    REQUIRE_FALSE(answer);
    return answer.error();
  };
  const Bytes frame = refuse_frame({TcpErrc::no_room, std::string(5000, 'x')});
  CHECK(heard(payload_of(frame)).text == std::string(1024, 'x'));
  CHECK(refuse_frame(TcpErrc::too_slow) ==
        refuse_frame({TcpErrc::too_slow, "the time limit has passed"}));
  const auto payload = [](std::uint16_t code, std::string_view text) {
    return ByteWriter{}.number(code).text(text).take();
  };
  CHECK(heard(payload(999, "of the future")).code == TcpErrc::refused);
  CHECK(heard(payload(0, "of nowhere")).code == TcpErrc::refused);
  CHECK(heard(payload(999, "of the future")).text == "of the future");
  CHECK(heard(payload(9, "\x1b[2J")).code == TcpErrc::malformed);
  CHECK(heard({}).code == TcpErrc::malformed);
  CHECK(heard(bytes_of("\5")).code == TcpErrc::malformed);
}
