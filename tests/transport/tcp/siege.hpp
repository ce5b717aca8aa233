#pragma once

// A run under attack: it must be the same as without the attack, to the bit.

#include "transport/tcp/peers.hpp"

#include <doctest/doctest.h>

#include <string>

namespace tributary::test {

inline const Secret key = Secret::of("a key that is long enough");

/// A hub of two workers in rounds.
inline Running start_hub(double handshake_seconds = 1, double rejoin_seconds = 0) {
  return {{.role = Tcp::hub,
           .address = "127.0.0.1:0",
           .workers = 2,
           .secret = key,
           .rejoin_seconds = rejoin_seconds,
           .timeouts = {.handshake_seconds = handshake_seconds}},
          train_in_rounds};
}
inline Running start_worker(const std::string& address, int rank) {
  return {{.role = Tcp::worker,
           .address = address,
           .rank = rank,
           .secret = key,
           .join_seconds = 20,
           .reconnect_seconds = 5},
          train_in_rounds};
}
/// The worker of rank 0 is admitted and waits for the other one, which must not join before: rounds
/// do not wait for a rank whose worker has left.
inline void wait_for_first(const Running& hub) {
  REQUIRE(holds_soon([&] { return hub.log().commits(0) > 0; }));
}
/// The end of a run whose other worker has joined: it is that of a run without any attack.
inline Outcome check_unharmed(Running& hub, Running& first) {
  static const Outcome calm = [] {
    Running peace = start_hub();
    Running one = start_worker(peace.address(), 0), other = start_worker(peace.address(), 1);
    one.result(), other.result();
    return peace.result();
  }();
  Running second = start_worker(hub.address(), 1);
  Outcome outcome = hub.result();
  CHECK(outcome.parameters == calm.parameters);
  CHECK(first.result().parameters == calm.parameters);
  CHECK(second.result().parameters == calm.parameters);
  CHECK(outcome.report.events == calm.report.events);
  CHECK(outcome.report.merges == calm.report.merges);
  return outcome;
}

}  // namespace tributary::test
