#include "transport/tcp/siege.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

using namespace tributary;
using namespace tributary::test;

TEST_CASE("invalid messages of a peer with the key leave nothing in the center") {
  auto hub = start_hub();
  const std::vector<float> numbers{1e30f, 1e30f, 1e30f, 1e30f};
  const detail::CommitInfo good{.vector_bytes = 16, .steps = 4, .events = 32};
  constexpr double infinity = std::numeric_limits<double>::infinity();
  std::uint64_t intruders = 0;

  // Joins, pulls, sends the frames of `attack`, and leaves. Returns the hub's answer.
  const auto intrude = [&](const auto& attack) {
    const std::string address = hub.address();
    Peer peer{address};
    const Terms terms = peer.enter(
        key, {.worker_id = ++intruders, .wanted_rank = 0, .fingerprint = hub.fingerprint()});
    ByteWriter words;
    words.bytes(frame_of({.type = FrameType::pull, .session = terms.session}, {}));
    attack(words, terms.session);
    peer.say(words.view());
    const std::string answer = peer.refusal();
    CHECK(peer.is_closed());
    REQUIRE(holds_soon([&] {
      return hub.log().told("worker 0 is lost") == static_cast<std::ptrdiff_t>(intruders);
    }));
    return answer;
  };
  const auto commit_of = [&](const detail::CommitInfo& info, std::uint64_t sequence = 1) {
    return [=](ByteWriter& words, std::uint64_t session) {
      const Bytes payload = info.bytes();
      words.bytes(frame_of({.type = FrameType::commit,
                            .session = session,
                            .sequence = sequence,
                            .count = payload.size()},
                           payload));
    };
  };
  const auto chunk_of = [](ByteWriter& words, std::uint64_t session, std::span<const float> some,
                           std::uint64_t offset = 0, std::uint64_t count = 16) {
    words.bytes(
        frame_of({.type = FrameType::chunk, .session = session, .offset = offset, .count = count},
                 std::as_bytes(some)));
  };
  const auto expect = [&](TcpErrc error, const auto& attack) {
    CAPTURE(message(error));
    const auto before = hub.log().told(message(error));
    CHECK(intrude(attack) == message(error));
    CHECK(hub.log().told(message(error)) == before + 1);
  };

  expect(TcpErrc::wrong_magic, [](ByteWriter& words, std::uint64_t) {
    for (std::uint8_t i = 0; i < 200; ++i) words.number(static_cast<std::uint8_t>(i * 37 + 11));
  });
  expect(TcpErrc::wrong_session, [](ByteWriter& words, std::uint64_t session) {
    words.bytes(frame_of({.type = FrameType::pull, .session = session + 1}, {}));
  });
  expect(TcpErrc::unexpected_message, [](ByteWriter& words, std::uint64_t session) {
    words.bytes(frame_of({.type = FrameType::welcome, .session = session}, {}));
  });
  expect(TcpErrc::malformed, [](ByteWriter& words, std::uint64_t session) {
    words.bytes(frame_of({.type = FrameType::commit, .session = session}, {}));
  });
  for (const FrameType type : {FrameType::ping, FrameType::pull, FrameType::grant}) {
    expect(TcpErrc::malformed, [&](ByteWriter& words, std::uint64_t session) {
      words.bytes(frame_of({.type = type, .session = session, .count = 16}, Bytes(16)));
    });
  }
  expect(TcpErrc::unknown_codec, [](ByteWriter& words, std::uint64_t session) {
    words.bytes(
        frame_of({.type = FrameType::ping, .codec = CodecId::float32, .session = session}, {}));
  });

  // Sizes.
  for (const std::uint64_t size : {0u, 12u, 15u}) {
    detail::CommitInfo info = good;
    info.vector_bytes = size;
    expect(TcpErrc::size_mismatch, commit_of(info));
  }
  for (const std::uint64_t size : {std::uint64_t{17}, std::uint64_t{1} << 32, ~std::uint64_t{0}}) {
    detail::CommitInfo info = good;
    info.vector_bytes = size;
    expect(TcpErrc::too_long, commit_of(info));
  }
  expect(TcpErrc::unexpected_message, [&](ByteWriter& words, std::uint64_t session) {
    chunk_of(words, session, numbers);  // of no commit
  });
  expect(TcpErrc::unexpected_message, [&](ByteWriter& words, std::uint64_t session) {
    commit_of(good)(words, session);
    chunk_of(words, session, std::span{numbers}.first(1), 8);  // not the first
  });
  expect(TcpErrc::unexpected_message, [&](ByteWriter& words, std::uint64_t session) {
    commit_of(good)(words, session);
    chunk_of(words, session, numbers, 0, std::uint64_t{1} << 40);  // of a longer message
  });

  // Numbers.
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), -HUGE_VALF}) {
    expect(TcpErrc::not_finite, [&](ByteWriter& words, std::uint64_t session) {
      std::vector<float> all = numbers;
      all.back() = bad;
      commit_of(good)(words, session);
      chunk_of(words, session, all);
    });
  }
  {
    detail::CommitInfo info = good;
    info.loss_sum = -infinity;
    expect(TcpErrc::not_finite, commit_of(info));
    info = good;
    info.hits = infinity;
    expect(TcpErrc::not_finite, commit_of(info));
    info = good;
    info.steps = 1000;
    CHECK(intrude(commit_of(info)) == "more steps than its lease has left");
    info.steps = 4;
    info.events = (std::uint64_t{4} << 31) + 1;
    CHECK(intrude(commit_of(info)) == "more events than its steps can have");
    info.steps = ~std::uint32_t{0};
    expect(TcpErrc::out_of_range, commit_of(info));
  }

  // Order.
  for (const std::uint64_t sequence : {std::uint64_t{0}, std::uint64_t{2}, ~std::uint64_t{0}})
    CHECK(intrude(commit_of(good, sequence)) == "commits are missing before this one");
  CHECK(hub.log().told("commits are missing before this one") == 3);

  // Before PULL.
  for (const FrameType type : {FrameType::commit, FrameType::grant}) {
    Peer peer{hub.address()};
    const Terms terms = peer.enter(
        key, {.worker_id = ++intruders, .wanted_rank = 0, .fingerprint = hub.fingerprint()});
    ByteWriter words;
    if (type == FrameType::commit)
      commit_of(good)(words, terms.session);
    else
      words.bytes(frame_of({.type = type, .session = terms.session}, {}));
    peer.say(words.view());
    CHECK(peer.refusal() == "PULL must be the first message");
    REQUIRE(holds_soon([&] {
      return hub.log().told("worker 0 is lost") == static_cast<std::ptrdiff_t>(intruders);
    }));
  }

  // A commit that ends in the middle, or is complete with one wrong bit.
  {
    Peer peer{hub.address()};
    const Terms terms = peer.enter(
        key, {.worker_id = ++intruders, .wanted_rank = 0, .fingerprint = hub.fingerprint()});
    ByteWriter words;
    words.bytes(frame_of({.type = FrameType::pull, .session = terms.session}, {}));
    commit_of(good)(words, terms.session);
    chunk_of(words, terms.session, std::span{numbers}.first(3));
    peer.say(words.view());
    CHECK(peer.frame().first.type == FrameType::reply);
  }
  REQUIRE(holds_soon([&] {
    return hub.log().told("worker 0 is lost") == static_cast<std::ptrdiff_t>(intruders);
  }));
  expect(TcpErrc::wrong_payload_checksum, [&](ByteWriter& words, std::uint64_t session) {
    commit_of(good)(words, session);
    ByteWriter chunk;
    chunk_of(chunk, session, numbers);
    Bytes bytes = chunk.take();
    bytes.back() ^= std::byte{1};
    words.bytes(bytes);
  });

  auto first = start_worker(hub.address(), 0);
  wait_for_first(hub);
  CHECK(check_unharmed(hub, first).report.lost == static_cast<int>(intruders));
}
