// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <stdexcept>
#include <tributary/core/require.hpp>

namespace tributary::inline v0_1 {

/// A connection has ended or was refused permanently; the message has the reason.
struct TcpError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The timeouts of a connection.
struct TcpTimeouts {
  double ping_seconds = 2;       ///< An end that has sent nothing for this time sends a ping.
  double dead_seconds = 10;      ///< A peer that has sent nothing for this time is lost.
  double handshake_seconds = 2;  ///< Accept to authentication; a tenth if the hub is crowded.
  double minimum_rate = 4096;    ///< Smallest transfer rate of a message, in bytes a second.
  double rate_seconds = 10;      ///< Time over which the rate is measured.
  /// Hub: a worker that has work and sends no complete commit for this time is given up, even if it
  /// sends pings. The default is a day, for slow models with long periods. If a period takes
  /// minutes, an hour is enough.
  double commit_seconds = 86400;

  void validate() const {
    require(ping_seconds > 0, "TcpTimeouts::ping_seconds", ping_seconds, "positive");
    require(dead_seconds > ping_seconds, "TcpTimeouts::dead_seconds", dead_seconds,
            "more than ping_seconds");
    require(handshake_seconds > 0, "TcpTimeouts::handshake_seconds", handshake_seconds, "positive");
    require(minimum_rate >= 0, "TcpTimeouts::minimum_rate", minimum_rate, "zero or positive");
    require(rate_seconds > 0, "TcpTimeouts::rate_seconds", rate_seconds, "positive");
    require(commit_seconds > 0, "TcpTimeouts::commit_seconds", commit_seconds, "positive");
  }
};

/// The hub's action when a worker is lost: it continues without the worker, also in rounds, or ends
/// the run.
enum class OnLoss { go_on, fail };

enum class TcpRole { hub, worker, all };

inline constexpr std::int32_t max_workers = 65536;
inline constexpr std::uint16_t max_shards = 64;
inline constexpr std::uint32_t max_frame_bytes = 4 << 20;

}  // namespace tributary::inline v0_1
