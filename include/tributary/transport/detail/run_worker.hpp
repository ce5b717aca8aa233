// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <tributary/core/vector.hpp>
#include <tributary/data/lease.hpp>
#include <tributary/rule/commit.hpp>
#include <tributary/worker/any_worker.hpp>
#include <utility>

namespace tributary::inline v0_1::detail {

/// A worker's connection to the center, for any transport.
template <Real S>
class WorkerPort {
 public:
  struct Start {
    /// Do not change until the next post(). Null: the worker goes on after AnyWorker::restore().
    const Vector<S>* parameters;
    int rank;
    int workers;  ///< Current number of workers.
    Lease lease;
    bool in_flight = false;  ///< It goes on with a commit in flight.
  };
  struct Reply {
    /// Do not change until the next post(). Null: the worker ends, for now.
    const Vector<S>* parameters = nullptr;
    int workers = 1;                         ///< Number of workers when the commit was merged.
    std::optional<std::uint64_t> lease_end;  ///< The new end of the worker's lease.
  };

  /// Begins the worker's work. Called again at its end: the worker waits until there is more, and
  /// begins anew, because the center has moved on. Nothing if there will be no more.
  virtual std::optional<Start> begin() = 0;
  /// Posts a commit after `steps` local steps. The commit does not change until await() has
  /// returned.
  virtual void post(const CommitHeader& header, const Vector<S>& commit, int steps) = 0;
  /// Waits for the reply, after `steps` local steps since the commit was posted.
  virtual Reply await(int steps) = 0;
  /// Called when a lease is done. Another lease, with which the worker goes on, if it is there.
  virtual std::optional<Lease> next_lease() = 0;
  /// Called before each cycle. False if the worker ends here, because the run does.
  virtual bool pause() { return true; }

 protected:
  ~WorkerPort() = default;
};

/// Runs a worker from begin to end. Throws the exceptions of the worker and the port.
template <Real S>
void run_worker(AnyWorker<S>& worker, WorkerPort<S>& port, const std::stop_token& stop) {
  while (const auto start = port.begin()) {
    worker.set_workers(start->workers);
    worker.set_rank(start->rank);
    if (start->parameters) {
      worker.start(*start->parameters, stop);
    } else {
      worker.go_on(stop);
    }
    bool over = false, in_flight = start->in_flight;
    for (std::optional<Lease> lease = start->lease; lease;) {
      worker.take(*lease);
      for (;;) {
        int ahead = 0;
        if (!std::exchange(in_flight, false)) {
          if (!port.pause()) return;
          const std::optional<int> steps = worker.advance();
          if (!steps) break;
          port.post(worker.header(), worker.commit(), *steps);
          ahead = worker.run_ahead();
        }
        const auto reply = port.await(ahead);
        over = !reply.parameters;
        if (over) break;
        worker.set_workers(reply.workers);
        worker.adopt(*reply.parameters);
        if (reply.lease_end) worker.end_at(*reply.lease_end);
      }
      lease = over || stop.stop_requested() ? std::nullopt : port.next_lease();
    }
  }
}

}  // namespace tributary::inline v0_1::detail
