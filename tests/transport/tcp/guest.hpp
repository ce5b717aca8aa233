#pragma once

#include "transport/tcp/peers.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <tributary/core/vector.hpp>
#include <vector>

namespace tributary::test {

/// A worker, whose words are the test's.
class Guest {
 public:
  Guest(Running& hub, int rank, Index parameters)
      : parameters_{static_cast<std::size_t>(parameters)},
        offer_{.worker_id = static_cast<std::uint64_t>(rank) + 1,
               .wanted_rank = rank,
               .fingerprint = hub.fingerprint()} {
    connect(hub);
    say(FrameType::pull);
    hear(FrameType::grant);
  }
  /// To the hub that has the checkpoint.
  void come_back(Running& hub) {
    offer_.run_id = terms_.run_id;
    offer_.acknowledged = acknowledged_;
    offer_.merges = granted_.merges;
    connect(hub);
  }
  /// The next commit, or this one again: a vector of this number, after so many steps of one row.
  void commit(float number, std::uint32_t steps, std::uint64_t sequence = 0) {
    sequence_ = sequence > 0 ? sequence : sequence_ + 1;
    const std::vector<float> vector(parameters_, number);
    const auto bytes = std::as_bytes(std::span{vector});
    say(FrameType::commit,
        detail::CommitInfo{.vector_bytes = bytes.size(), .steps = steps, .events = steps}.bytes(),
        sequence_);
    say(FrameType::chunk, bytes, sequence_);
  }
  /// The first of the parameters that it gets; 0 if no reply comes.
  float reply() {
    hear(FrameType::reply);
    hear(FrameType::grant);
    acknowledged_ = sequence_;
    return first_;
  }
  /// The hub has said so, or closes the connection.
  bool hear(FrameType wanted) {
    for (;;) {
      const auto [header, payload] = peer_->frame();
      if (header.type == FrameType::grant) granted_ = *detail::Grant::read(payload);
      if (header.type == FrameType::chunk) std::memcpy(&first_, payload.data(), sizeof(first_));
      if (header.type == FrameType{} || header.type == wanted) return header.type == wanted;
    }
  }
  void say(FrameType type, std::span<const std::byte> payload = {}, std::uint64_t sequence = 0) {
    peer_->say(frame_of(
        {.type = type, .session = terms_.session, .sequence = sequence, .count = payload.size()},
        payload));
  }
  void fail() { say(FrameType::goodbye, detail::Parting{.failure = "the test goes on"}.bytes()); }
  /// The run is over, and it knows.
  bool is_seen_off() {
    const bool heard = hear(FrameType::farewell);
    say(FrameType::goodbye, detail::Parting{.vector_bytes = parameters_ * sizeof(float)}.bytes());
    return heard;
  }
  const Terms& terms() const { return terms_; }
  const detail::Grant& granted() const { return granted_; }

 private:
  void connect(Running& hub) {
    peer_.emplace(hub.address());
    terms_ = peer_->enter({}, offer_);
  }

  std::size_t parameters_;
  Offer offer_;
  std::optional<Peer> peer_ = {};
  Terms terms_ = {};
  detail::Grant granted_ = {};
  std::uint64_t sequence_ = 0, acknowledged_ = 0;
  float first_ = 0;
};

}  // namespace tributary::test
