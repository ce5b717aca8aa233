// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <tributary/core/finite.hpp>
#include <tributary/core/result.hpp>
#include <tributary/data/lease.hpp>
#include <tributary/rule/commit.hpp>
#include <tributary/transport/tcp/bytes.hpp>
#include <tributary/transport/tcp/errc.hpp>
#include <vector>

// The payloads of frames after the handshake; docs/protocol.md has their bytes.

namespace tributary::inline v0_1::detail {

/// `durable` of a hub without checkpoints: workers need not keep merged commits.
inline constexpr std::uint64_t nothing_to_keep = ~std::uint64_t{0};

/// The payload of COMMIT, before the commit's vector.
struct CommitInfo {
  std::uint64_t vector_bytes = 0;  ///< Bytes that follow in chunks.
  std::uint32_t steps = 0;
  std::uint64_t events = 0;
  double loss_sum = 0;
  double hits = 0;

  std::vector<std::byte> bytes() const {
    return ByteWriter{}
        .number(vector_bytes)
        .number(steps)
        .number(events)
        .number(std::bit_cast<std::uint64_t>(loss_sum))
        .number(std::bit_cast<std::uint64_t>(hits))
        .take();
  }
  static TcpResult<CommitInfo> read(std::span<const std::byte> bytes) {
    ByteReader in{bytes};
    CommitInfo info;
    info.vector_bytes = in.number<std::uint64_t>();
    info.steps = in.number<std::uint32_t>();
    info.events = in.number<std::uint64_t>();
    info.loss_sum = std::bit_cast<double>(in.number<std::uint64_t>());
    info.hits = std::bit_cast<double>(in.number<std::uint64_t>());
    if (!in.complete()) return TcpErrc::malformed;
    if (!is_finite(info.loss_sum) || is_infinite(info.hits)) return TcpErrc::not_finite;
    if (info.steps > 1u << 30) return TcpErrc::out_of_range;
    return info;
  }
  CommitHeader header(int worker) const {
    return {.worker = worker,
            .steps = static_cast<int>(steps),
            .events = events,
            .loss_sum = loss_sum,
            .hits = hits};
  }
};

/// The payload of GRANT: after a reply's vector, or for a worker that waits for a lease.
struct Grant {
  enum class Next : std::uint8_t {
    go_on,  ///< The lease is the same; its end may have changed.
    begin,  ///< It is a new lease.
    wait,   ///< The lease is spent, and there is no other now.
  };
  std::uint64_t durable = nothing_to_keep;  ///< Commits up to this one are in a checkpoint.
  std::uint64_t merges = 0;                 ///< The number of commits in the center.
  Next next = Next::go_on;
  Lease lease = {};
  std::int32_t workers = 1;  ///< Their number when the commit was merged.

  std::vector<std::byte> bytes() const {
    return ByteWriter{}
        .number(durable)
        .number(merges)
        .number(static_cast<std::uint8_t>(next))
        .number(static_cast<std::int32_t>(lease.share))
        .number(lease.begin)
        .number(lease.end)
        .number(workers)
        .take();
  }
  static TcpResult<Grant> read(std::span<const std::byte> bytes) {
    ByteReader in{bytes};
    Grant grant;
    grant.durable = in.number<std::uint64_t>();
    grant.merges = in.number<std::uint64_t>();
    grant.next = static_cast<Next>(in.number<std::uint8_t>());
    grant.lease.share = in.number<std::int32_t>();
    grant.lease.begin = in.number<std::uint64_t>();
    grant.lease.end = in.number<std::uint64_t>();
    grant.workers = in.number<std::int32_t>();
    if (!in.complete()) return TcpErrc::malformed;
    if (grant.next > Next::wait || grant.lease.share < 0 || grant.lease.begin > grant.lease.end ||
        grant.workers < 1)
      return TcpErrc::out_of_range;
    return grant;
  }
};

/// The payload of REPLY, before the reply's vector.
struct ReplyInfo {
  std::uint64_t vector_bytes = 0;

  std::vector<std::byte> bytes() const { return ByteWriter{}.number(vector_bytes).take(); }
  static TcpResult<ReplyInfo> read(std::span<const std::byte> bytes) {
    ByteReader in{bytes};
    const ReplyInfo info{in.number<std::uint64_t>()};
    if (!in.complete()) return TcpErrc::malformed;
    return info;
  }
};

/// The payload of GOODBYE and FAREWELL: a worker leaves, or the hub ends the run and sends the
/// center. It has the failure, if there was one.
struct Parting {
  std::uint64_t vector_bytes = 0;  ///< Bytes that follow; in GOODBYE, bytes received.
  std::string failure = {};
  bool diverged = false;  ///< The failure is TrainingDiverged, for the peer, too.

  std::vector<std::byte> bytes() const {
    return ByteWriter{}
        .number(vector_bytes)
        .text(printable(failure, 1000))
        .number(std::uint8_t{diverged})
        .take();
  }
  static TcpResult<Parting> read(std::span<const std::byte> bytes) {
    ByteReader in{bytes};
    Parting parting;
    parting.vector_bytes = in.number<std::uint64_t>();
    parting.failure = in.text();
    const auto diverged = in.number<std::uint8_t>();
    if (!in.complete() || diverged > 1) return TcpErrc::malformed;
    parting.diverged = diverged == 1;
    return parting;
  }
};

}  // namespace tributary::inline v0_1::detail
