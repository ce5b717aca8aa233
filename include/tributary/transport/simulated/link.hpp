// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <tributary/core/require.hpp>

namespace tributary::inline v0_1 {

/// The way between workers and center in a simulation, the same in both directions. A message
/// takes bytes / bandwidth + latency + jitter, unless it is lost: then it is sent again.
struct Link {
  enum class Sharing {
    per_worker,  ///< Each worker has its own: links do not disturb each other.
    shared,      ///< All go through the center's, one message after the other.
  };

  double latency_seconds = 0;
  double bytes_per_second = std::numeric_limits<double>::infinity();
  double jitter_seconds = 0;  ///< Mean of an exponentially distributed delay, drawn anew each time.
  Sharing sharing = Sharing::per_worker;
  double loss = 0;            ///< Probability that a message is lost.
  double resend_seconds = 1;  ///< After these a lost message is sent again.

  /// When a message that sets out now has left the sender. `free_at` is when a shared link is free
  /// again.
  double sent(double now, std::uint64_t bytes, double& free_at) const {
    const double begin = sharing == Sharing::shared ? std::max(now, free_at) : now;
    return free_at = begin + static_cast<double>(bytes) / bytes_per_second;
  }
  /// Throws std::invalid_argument naming the field.
  void validate() const {
    require(latency_seconds >= 0, "Link::latency_seconds", latency_seconds, "at least 0");
    require(bytes_per_second > 0, "Link::bytes_per_second", bytes_per_second, "positive");
    require(jitter_seconds >= 0, "Link::jitter_seconds", jitter_seconds, "at least 0");
    require(loss >= 0 && loss < 1, "Link::loss", loss, "in [0, 1)");
    require(resend_seconds > 0, "Link::resend_seconds", resend_seconds, "positive");
  }
};

}  // namespace tributary::inline v0_1
