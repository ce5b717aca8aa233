// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <tributary/core/require.hpp>

namespace tributary::inline v0_1 {

/// The network between workers and center in a simulation, equal in both directions. A message
/// takes bytes / bandwidth + latency + jitter. A lost message is sent again.
struct Link {
  enum class Sharing {
    per_worker,  ///< Each worker has its own link.
    shared,      ///< All use the center's link, one message after the other.
  };

  double latency_seconds = 0;
  double bytes_per_second = std::numeric_limits<double>::infinity();
  double jitter_seconds = 0;  ///< Mean of an exponentially distributed delay, drawn anew each time.
  Sharing sharing = Sharing::per_worker;
  double loss = 0;            ///< Probability that a message is lost.
  double resend_seconds = 1;  ///< Time after which a lost message is sent again.

  /// The time at which a message sent now has left the sender. `free_at` is the time at which a
  /// shared link is free again.
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
