// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <stdexcept>
#include <tributary/core/require.hpp>

namespace tributary::inline v0_1 {

/// What ends or refuses a connection, for good: with the reason.
struct TcpError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// How long the ends of a connection wait for each other.
struct TcpTimeouts {
  double ping_seconds = 2;       ///< Who has said nothing for so long says that it is there.
  double dead_seconds = 10;      ///< Who has not been heard for so long is gone.
  double handshake_seconds = 2;  ///< From being accepted to being known; in a crowd, a tenth of it.
  double minimum_rate = 4096;    ///< Bytes a second, of a message that is under way.
  double rate_seconds = 10;      ///< Over which that is taken.
  /// Hub: a worker that has work and brings no whole commit for so long is given up, though it pings.
  /// A day, for slow models with long periods; where a period takes minutes, an hour is enough.
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

/// What a hub does once a worker is lost: goes on without it, also in rounds, or ends the run.
enum class OnLoss { go_on, fail };

enum class TcpRole { hub, worker, all };

inline constexpr std::int32_t max_workers = 65536;
inline constexpr std::uint16_t max_shards = 64;
inline constexpr std::uint32_t max_frame_bytes = 4 << 20;

}  // namespace tributary::inline v0_1
