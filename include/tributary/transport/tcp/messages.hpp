#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <tributary/core/result.hpp>
#include <tributary/rule/commit.hpp>
#include <tributary/transport/ledger.hpp>
#include <tributary/transport/tcp/bytes.hpp>
#include <vector>

// The payloads of frames that run a worker's life; docs/protocol.md has their bytes.

namespace tributary::detail {

/// A hub with no checkpoints: what it has taken in need not be kept for it.
inline constexpr std::uint64_t nothing_to_keep = ~std::uint64_t{0};

/// Goes before a commit's vector.
struct CommitInfo {
  std::uint32_t steps = 0;
  std::uint64_t events = 0;
  double loss_sum = 0;
  double hits = 0;

  std::vector<std::byte> bytes() const {
    ByteWriter out;
    out.put(steps);
    out.put(events);
    out.put(loss_sum);
    out.put(hits);
    return std::move(out).take();
  }
  static Result<CommitInfo> read(std::span<const std::byte> bytes) {
    ByteReader in{bytes};
    CommitInfo info;
    info.steps = in.get<std::uint32_t>();
    info.events = in.get<std::uint64_t>();
    info.loss_sum = in.get<double>();
    info.hits = in.get<double>();
    if (!in.finished()) return Errc::size_mismatch;
    if (!std::isfinite(info.loss_sum)) return Errc::not_finite;
    if (info.steps > (1u << 30)) return Errc::out_of_range;
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

/// Goes before a reply's vector.
struct ReplyInfo {
  std::uint64_t durable = nothing_to_keep;  ///< Commits up to this one outlive the hub.
  Lease lease = {};                         ///< As it is now, or the next one.
  std::uint8_t next = 0;  ///< 0: go on; 1: this lease is a new one; 2: there is no other now.

  std::vector<std::byte> bytes() const {
    ByteWriter out;
    out.put(durable);
    out.put(static_cast<std::int32_t>(lease.share));
    out.put(lease.begin);
    out.put(lease.end);
    out.put(next);
    return std::move(out).take();
  }
  static Result<ReplyInfo> read(std::span<const std::byte> bytes) {
    ByteReader in{bytes};
    ReplyInfo info;
    info.durable = in.get<std::uint64_t>();
    info.lease.share = in.get<std::int32_t>();
    info.lease.begin = in.get<std::uint64_t>();
    info.lease.end = in.get<std::uint64_t>();
    info.next = in.get<std::uint8_t>();
    if (!in.finished()) return Errc::size_mismatch;
    if (info.next > 2 || info.lease.share < 0 || info.lease.begin > info.lease.end)
      return Errc::out_of_range;
    return info;
  }
};

/// A worker leaves, or the hub ends the run: as it should, or by a failure, and which.
struct Parting {
  std::string failure = {};  ///< Empty if all is well.

  std::vector<std::byte> bytes() const {
    ByteWriter out;
    out.put(std::string_view{failure}.substr(0, 1000));
    return std::move(out).take();
  }
  static Result<Parting> read(std::span<const std::byte> bytes) {
    ByteReader in{bytes};
    Parting parting{std::string{in.get_string()}};
    if (!in.finished()) return Errc::size_mismatch;
    return parting;
  }
};

}  // namespace tributary::detail
