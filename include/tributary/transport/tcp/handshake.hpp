// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tributary/core/crc32c.hpp>
#include <tributary/core/result.hpp>
#include <tributary/transport/fingerprint.hpp>
#include <tributary/transport/tcp/bytes.hpp>
#include <tributary/transport/tcp/errc.hpp>
#include <tributary/transport/tcp/frame.hpp>
#include <tributary/transport/tcp/options.hpp>
#include <tributary/transport/tcp/secret.hpp>
#include <utility>
#include <vector>

// The handshake of a worker and a hub, without sockets and clocks: each side takes the received
// frames and returns the frames to send.
//
//   worker  HELLO      versions, offer, nonce
//   hub     CHALLENGE  the version chosen, nonce
//   worker  AUTH       HMAC of "tributary worker", HELLO, CHALLENGE
//   hub     WELCOME    terms, HMAC of "tributary hub", HELLO, CHALLENGE, AUTH, terms
//   worker  READY
//
// Nonces make a recorded handshake useless. The roles' names make a reflected message useless. The
// proofs cover all earlier messages, so an attacker cannot change them. docs/protocol.md has the
// bytes.

namespace tributary::inline v0_1 {

/// The worker's offer.
struct Offer {
  std::uint64_t worker_id = 0;
  std::int32_t wanted_rank = -1;   ///< -1: any.
  std::uint64_t run_id = 0;        ///< The run to which it returns, or 0.
  std::uint64_t acknowledged = 0;  ///< The sequence of its last commit with a reply.
  std::uint64_t merges = 0;        ///< Commits in the center at its last reply.
  std::uint64_t session = 0;       ///< The session to which this connection is added, or 0.
  std::uint16_t shard = 0;         ///< The lane: it carries this shard of each vector.
  CodecId codec = CodecId::float32;
  Fingerprint fingerprint = {};

  bool operator==(const Offer&) const = default;
};

/// The hub's answer to an offer.
struct Terms {
  std::uint64_t session = 0;
  std::uint64_t run_id = 0;
  std::uint64_t last_applied = 0;  ///< The sequence of the worker's last commit in the center.
  std::uint64_t durable = 0;       ///< The sequence of its last commit in a checkpoint.
  std::uint64_t merges = 0;        ///< The number of commits in the center.
  std::int32_t rank = 0;
  std::int32_t workers = 1;
  std::uint32_t credits = 1;
  std::uint64_t lease_begin = 0, lease_end = 0;  ///< Steps.
  std::int32_t lease_share = 0;
  bool fresh = true;         ///< The worker is new to the hub, or was given up.
  std::uint16_t shards = 1;  ///< Connections (lanes) that the worker must have.

  bool operator==(const Terms&) const = default;
};

/// The reason why one side ends the handshake.
struct Refusal {
  TcpErrc code;
  std::string text;

  Refusal(TcpErrc why) : Refusal{why, std::string{message(why)}} {}
  Refusal(TcpErrc why, std::string more) : code{why}, text{std::move(more)} {}
};

/// The bytes to send next, possibly none, or the reason for closing the connection.
using Answer = Result<std::vector<std::byte>, Refusal>;

/// The frame to send before closing.
inline std::vector<std::byte> refuse_frame(const Refusal& refusal) {
  constexpr std::size_t most = 1024;
  return whole_frame(FrameType::refuse, 0,
                     ByteWriter{}
                         .number(static_cast<std::uint16_t>(refusal.code))
                         .text(printable(refusal.text, most))
                         .take());
}

namespace detail {

inline std::vector<std::byte> write_hello(const Offer& offer, const Bytes32& nonce) {
  ByteWriter hello;
  hello.number(protocol_major)
      .number(protocol_major)
      .number(static_cast<std::uint8_t>(offer.codec))
      .number(offer.wanted_rank)
      .number(offer.worker_id)
      .number(offer.run_id)
      .number(offer.acknowledged)
      .number(offer.merges)
      .number(offer.session)
      .number(offer.shard)
      .bytes(nonce)
      .number(static_cast<std::uint16_t>(offer.fingerprint.fields.size()));
  for (const auto& [name, value] : offer.fingerprint.fields) hello.text(name).text(value);
  return hello.take();
}

inline TcpResult<Offer> read_hello(std::span<const std::byte> payload) {
  constexpr std::size_t most_fields = 256;
  ByteReader hello{payload};
  const auto lowest = hello.number<std::uint8_t>(), highest = hello.number<std::uint8_t>();
  Offer offer;
  offer.codec = CodecId{hello.number<std::uint8_t>()};
  offer.wanted_rank = hello.number<std::int32_t>();
  offer.worker_id = hello.number<std::uint64_t>();
  offer.run_id = hello.number<std::uint64_t>();
  offer.acknowledged = hello.number<std::uint64_t>();
  offer.merges = hello.number<std::uint64_t>();
  offer.session = hello.number<std::uint64_t>();
  offer.shard = hello.number<std::uint16_t>();
  hello.bytes<sizeof(Bytes32)>();
  const std::size_t fields = hello.number<std::uint16_t>();
  if (hello.failed() || lowest > highest) return TcpErrc::malformed;
  if (lowest > protocol_major || highest < protocol_major) return TcpErrc::unknown_version;
  if (offer.codec == CodecId::none || offer.codec > CodecId::zstd) return TcpErrc::unknown_codec;
  if (offer.wanted_rank < -1 || fields > most_fields) return TcpErrc::malformed;
  if ((offer.session == 0) != (offer.shard == 0)) return TcpErrc::malformed;
  while (offer.fingerprint.fields.size() < fields && !hello.failed()) {
    std::string name = hello.text();
    offer.fingerprint.fields.emplace_back(std::move(name), hello.text());
  }
  if (!hello.complete()) return TcpErrc::malformed;
  return offer;
}

inline std::vector<std::byte> write_terms(const Terms& terms) {
  return ByteWriter{}
      .number(terms.session)
      .number(terms.run_id)
      .number(terms.last_applied)
      .number(terms.durable)
      .number(terms.merges)
      .number(terms.rank)
      .number(terms.workers)
      .number(terms.credits)
      .number(terms.lease_begin)
      .number(terms.lease_end)
      .number(terms.lease_share)
      .number(std::uint8_t{terms.fresh})
      .number(terms.shards)
      .take();
}

inline TcpResult<Terms> read_terms(std::span<const std::byte> payload) {
  ByteReader reader{payload};
  Terms terms;
  terms.session = reader.number<std::uint64_t>();
  terms.run_id = reader.number<std::uint64_t>();
  terms.last_applied = reader.number<std::uint64_t>();
  terms.durable = reader.number<std::uint64_t>();
  terms.merges = reader.number<std::uint64_t>();
  terms.rank = reader.number<std::int32_t>();
  terms.workers = reader.number<std::int32_t>();
  terms.credits = reader.number<std::uint32_t>();
  terms.lease_begin = reader.number<std::uint64_t>();
  terms.lease_end = reader.number<std::uint64_t>();
  terms.lease_share = reader.number<std::int32_t>();
  const auto fresh = reader.number<std::uint8_t>();
  terms.fresh = fresh == 1;
  terms.shards = reader.number<std::uint16_t>();
  const auto is_rank = [&](std::int32_t rank) { return rank >= 0 && rank < terms.workers; };
  if (!reader.complete() || terms.session == 0 || terms.workers > max_workers ||
      !is_rank(terms.rank) || !is_rank(terms.lease_share) || fresh > 1 || terms.shards < 1 ||
      terms.shards > max_shards || terms.lease_begin > terms.lease_end)
    return TcpErrc::malformed;
  return terms;
}

/// Reads a REFUSE: the peer's refusal, or the error in its message.
inline Refusal read_refusal(std::span<const std::byte> payload) {
  ByteReader reader{payload};
  const TcpErrc code{reader.number<std::uint16_t>()};
  std::string text = reader.text();
  if (!reader.complete()) return TcpErrc::malformed;
  return {message(code).empty() ? TcpErrc::refused : code, std::move(text)};
}

/// Checks that a frame is a whole and undamaged message of this type.
inline TcpStatus check_frame(const FrameHeader& header, std::span<const std::byte> payload,
                             FrameType type, std::uint64_t session) {
  if (header.type != type) return TcpErrc::unexpected_message;
  if (payload.size() > max_handshake_bytes) return TcpErrc::too_long;
  if (header.payload_crc != crc32c(payload)) return TcpErrc::wrong_payload_checksum;
  if (header.session != session) return TcpErrc::wrong_session;
  FrameHeader expected = whole_header(type, session, payload);
  expected.minor = header.minor;
  if (header != expected) return TcpErrc::malformed;
  return Done{};
}

/// All frames of the handshake so far.
class Transcript {
 public:
  /// Adds a frame to send, and returns it.
  std::vector<std::byte> add_own(FrameType type, std::span<const std::byte> payload) {
    const std::vector<std::byte> frame = whole_frame(type, 0, payload);
    frames_.bytes(frame);
    return frame;
  }
  void add_received(const FrameHeader& header, std::span<const std::byte> payload) {
    frames_.bytes(encode(header)).bytes(payload);
  }
  /// The bytes that the worker signs, or, with the terms, the hub.
  std::vector<std::byte> signed_by(std::string_view role,
                                   std::span<const std::byte> terms = {}) const {
    return ByteWriter{}
        .bytes(std::as_bytes(std::span{role}))
        .bytes(frames_.view())
        .bytes(terms)
        .take();
  }

 private:
  ByteWriter frames_;
};

inline constexpr std::string_view worker_role = "tributary worker", hub_role = "tributary hub";

}  // namespace detail

/// The worker's side of the handshake.
class WorkerHandshake {
 public:
  /// The secret must outlive this. Throws std::invalid_argument if the offer does not fit in a
  /// HELLO.
  WorkerHandshake(const Secret& secret, const Offer& offer, const Bytes32& nonce = random_bytes32())
      : secret_{&secret} {
    const std::vector<std::byte> payload = detail::write_hello(offer, nonce);
    if (payload.size() > max_handshake_bytes || !detail::read_hello(payload))
      throw std::invalid_argument{
          "Offer: must have a codec, and a fingerprint of at most 256 fields of printable ASCII, "
          "less than 4 KiB in all"};
    hello_ = transcript_.add_own(FrameType::hello, payload);
  }
  WorkerHandshake(const Secret&&, const Offer&, const Bytes32& = {}) = delete;

  /// The first frame to send.
  const std::vector<std::byte>& hello() const noexcept { return hello_; }

  /// Takes a frame of the hub. After a refusal by the worker or the hub every frame is unexpected.
  Answer received(const FrameHeader& header, std::span<const std::byte> payload) {
    Answer answer = answer_to(header, payload);
    if (!answer) state_ = State::refused;
    return answer;
  }
  /// The hub has proved that it has the key, and READY is ready to be sent.
  bool done() const noexcept { return state_ == State::done; }
  /// Only if done().
  const Terms& terms() const noexcept {
    assert(done());
    return terms_;
  }

 private:
  enum class State { challenge, welcome, done, refused };

  Answer answer_to(const FrameHeader& header, std::span<const std::byte> payload) {
    if (state_ == State::done || state_ == State::refused)
      return Refusal{TcpErrc::unexpected_message};
    if (header.type == FrameType::refuse) {
      const TcpStatus status = detail::check_frame(header, payload, FrameType::refuse, 0);
      return status ? detail::read_refusal(payload) : Refusal{status.error()};
    }
    return state_ == State::challenge ? authenticate(header, payload) : accept(header, payload);
  }

  Answer authenticate(const FrameHeader& header, std::span<const std::byte> payload) {
    const TcpStatus status = detail::check_frame(header, payload, FrameType::challenge, 0);
    if (!status) return Refusal{status.error()};
    ByteReader reader{payload};
    const auto version = reader.number<std::uint8_t>();
    reader.bytes<sizeof(Bytes32)>();
    if (!reader.complete()) return Refusal{TcpErrc::malformed};
    if (version != protocol_major) return Refusal{TcpErrc::unknown_version};
    transcript_.add_received(header, payload);
    state_ = State::welcome;
    return transcript_.add_own(FrameType::auth,
                               secret_->sign(transcript_.signed_by(detail::worker_role)));
  }

  Answer accept(const FrameHeader& header, std::span<const std::byte> payload) {
    const TcpStatus status =
        detail::check_frame(header, payload, FrameType::welcome, header.session);
    if (!status) return Refusal{status.error()};
    if (payload.size() < sizeof(Bytes32)) return Refusal{TcpErrc::malformed};
    const auto granted = payload.first(payload.size() - sizeof(Bytes32));
    const auto mac = ByteReader{payload.last(sizeof(Bytes32))}.bytes<sizeof(Bytes32)>();
    if (!secret_->confirms(transcript_.signed_by(detail::hub_role, granted), mac))
      return Refusal{TcpErrc::wrong_key};
    const TcpResult<Terms> terms = detail::read_terms(granted);
    if (!terms) return Refusal{terms.error()};
    if (terms->session != header.session) return Refusal{TcpErrc::wrong_session};
    terms_ = *terms;
    state_ = State::done;
    return whole_frame(FrameType::ready, terms_.session, {});
  }

  const Secret* secret_;
  detail::Transcript transcript_;
  std::vector<std::byte> hello_;
  State state_ = State::challenge;
  Terms terms_;
};

/// The hub's side of the handshake, for one connection. When authenticated() holds, its owner
/// checks the offer and sends welcome() or a refuse_frame().
class HubHandshake {
 public:
  /// The secret must outlive this.
  explicit HubHandshake(const Secret& secret, const Bytes32& nonce = random_bytes32())
      : secret_{&secret}, nonce_{nonce} {}
  explicit HubHandshake(const Secret&&, const Bytes32& = {}) = delete;

  /// Takes a frame of the worker. After a refusal every frame is unexpected.
  Answer received(const FrameHeader& header, std::span<const std::byte> payload) {
    Answer answer = answer_to(header, payload);
    if (!answer) state_ = State::refused;
    return answer;
  }
  /// The worker has proved that it has the key, and waits for a decision.
  bool authenticated() const noexcept { return state_ == State::decision; }
  /// The worker's offer; do not trust it before authenticated().
  const Offer& offer() const noexcept { return offer_; }
  /// The frame to send. Call it once, when authenticated().
  std::vector<std::byte> welcome(const Terms& terms) {
    assert(authenticated());
    session_ = terms.session;
    state_ = State::ready;
    const std::vector<std::byte> granted = detail::write_terms(terms);
    const Bytes32 mac = secret_->sign(transcript_.signed_by(detail::hub_role, granted));
    return whole_frame(FrameType::welcome, session_, ByteWriter{}.bytes(granted).bytes(mac).take());
  }
  /// The worker accepts the terms, and knows that the hub has the key.
  bool done() const noexcept { return state_ == State::done; }

 private:
  enum class State { hello, auth, decision, ready, done, refused };

  Answer answer_to(const FrameHeader& header, std::span<const std::byte> payload) {
    switch (state_) {
      case State::hello:
        return challenge(header, payload);
      case State::auth:
        return verify(header, payload);
      case State::ready:
        return begin(header, payload);
      case State::decision:
      case State::done:
      case State::refused:
        break;
    }
    return Refusal{TcpErrc::unexpected_message};
  }

  Answer challenge(const FrameHeader& header, std::span<const std::byte> payload) {
    const TcpStatus status = detail::check_frame(header, payload, FrameType::hello, 0);
    if (!status) return Refusal{status.error()};
    TcpResult<Offer> offer = detail::read_hello(payload);
    if (!offer) return Refusal{offer.error()};
    offer_ = *offer;
    transcript_.add_received(header, payload);
    state_ = State::auth;
    return transcript_.add_own(FrameType::challenge,
                               ByteWriter{}.number(protocol_major).bytes(nonce_).take());
  }

  Answer verify(const FrameHeader& header, std::span<const std::byte> payload) {
    const TcpStatus status = detail::check_frame(header, payload, FrameType::auth, 0);
    if (!status) return Refusal{status.error()};
    ByteReader reader{payload};
    const auto mac = reader.bytes<sizeof(Bytes32)>();
    if (!reader.complete()) return Refusal{TcpErrc::malformed};
    if (!secret_->confirms(transcript_.signed_by(detail::worker_role), mac))
      return Refusal{TcpErrc::wrong_key};
    transcript_.add_received(header, payload);
    state_ = State::decision;
    return std::vector<std::byte>{};
  }

  Answer begin(const FrameHeader& header, std::span<const std::byte> payload) {
    const TcpStatus status = detail::check_frame(header, payload, FrameType::ready, session_);
    if (!status) return Refusal{status.error()};
    if (!payload.empty()) return Refusal{TcpErrc::malformed};
    state_ = State::done;
    return std::vector<std::byte>{};
  }

  const Secret* secret_;
  Bytes32 nonce_;
  detail::Transcript transcript_;
  State state_ = State::hello;
  Offer offer_;
  std::uint64_t session_ = 0;
};

}  // namespace tributary::inline v0_1
