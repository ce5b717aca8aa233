// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <tributary/core/vector.hpp>
#include <tributary/data/lease.hpp>
#include <tributary/rule/commit.hpp>
#include <tributary/worker/any_worker.hpp>

namespace tributary::inline v0_1::detail {

/// A worker's way to the center, whatever carries its commits.
template <Real S>
class WorkerPort {
 public:
  struct Start {
    const Vector<S>* parameters;  ///< Stay as they are until the next post().
    int rank;
    int workers;  ///< There are now.
    Lease lease;
  };
  struct Reply {
    const Vector<S>* parameters = nullptr;  ///< Likewise; null: the worker's life is over, for now.
    int workers = 1;                        ///< There were when the commit was merged.
    std::optional<std::uint64_t> lease_end;  ///< The worker's lease ends there now.
  };

  /// Called again after each life, for another one; nothing if there is none.
  virtual std::optional<Start> begin() = 0;
  /// After so many local steps. The commit stays as it is until await() has returned.
  virtual void post(const CommitHeader& header, const Vector<S>& commit, int steps) = 0;
  /// After so many local steps since the commit was posted.
  virtual Reply await(int steps) = 0;
  /// Once a lease is done; waits until it is known whether there is another.
  virtual std::optional<Lease> next_lease() = 0;

 protected:
  ~WorkerPort() = default;
};

/// A worker's life. Throws what the worker and the port throw.
template <Real S>
void run_worker(AnyWorker<S>& worker, WorkerPort<S>& port, const std::stop_token& stop) {
  while (const auto start = port.begin()) {
    worker.set_workers(start->workers);
    worker.set_rank(start->rank);
    worker.start(*start->parameters, stop);
    bool over = false;
    for (std::optional<Lease> lease = start->lease; lease;) {
      worker.take(*lease);
      while (const std::optional<int> steps = worker.advance()) {
        port.post(worker.header(), worker.commit(), *steps);
        const auto reply = port.await(worker.run_ahead());
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
