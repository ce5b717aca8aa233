// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <tributary/core/vector.hpp>
#include <tributary/data/lease.hpp>
#include <tributary/observe/observer.hpp>
#include <tributary/rule/commit.hpp>
#include <tributary/transport/detail/run_worker.hpp>
#include <tributary/transport/tcp/hub_run.hpp>
#include <utility>

namespace tributary::inline v0_1::detail {

/// The port to the center of a worker that is a thread of the hub's process.
template <class Options, Real S>
class HubPort final : public WorkerPort<S> {
 public:
  using typename WorkerPort<S>::Start, typename WorkerPort<S>::Reply;

  HubPort(HubRun<Options, S>& run, int rank) : run_{run}, rank_{rank} {}

  std::optional<Start> begin() override {
    if (!std::exchange(begun_, true)) {
      wait([&] { return bool{run_.begun}; });
    } else if (!std::exchange(waits_, false) || !wait_for_lease()) {
      return std::nullopt;
    }
    run_.shared.join(rank_, parameters_, static_cast<std::uint64_t>(rank_));
    const Lease lease = its_lease();  // a checkpoint may contain another one than the first
    run_.shared.record_lease(rank_, lease);
    return Start{&parameters_, rank_, run_.shared.workers(rank_), lease};
  }
  void post(const CommitHeader& header, const Vector<S>& commit, int steps) override {
    run_.shared.post(header, commit, steps);
  }
  Reply await(int steps) override {
    const Vector<S>* const reply = run_.shared.await(rank_, steps);
    if (!reply) return {};
    const std::uint64_t end = its_lease().end;
    run_.shared.record_end(rank_, end);
    return {reply, run_.shared.workers(rank_), end};
  }
  std::optional<Lease> next_lease() override {
    const auto next = [&] {
      const std::scoped_lock book{run_.book};
      return run_.membership.next_lease(rank_, run_.halt.stop_requested());
    }();
    if (next) run_.shared.record_lease(rank_, *next);
    waits_ = !next;
    return next;
  }

 private:
  Lease its_lease() {
    const std::scoped_lock book{run_.book};
    return run_.membership.ledger().lease(rank_);
  }
  /// False if the run is to end.
  bool wait_for_lease() {
    run_.shared.leave(rank_);
    bool found = false;
    wait([&] {
      found = run_.membership.next_lease(rank_, run_.halt.stop_requested()).has_value();
      return found || run_.over;
    });
    return found;
  }
  /// Waits until ready(), or until the run is to end. `ready` is called with the book's lock.
  void wait(const auto& ready) {
    std::unique_lock book{run_.book};
    while (!ready() && !run_.halt.stop_requested() && run_.shared.flow() == Flow::proceed)
      run_.changed.wait_for(book, std::chrono::milliseconds{20});
  }

  HubRun<Options, S>& run_;
  int rank_;
  bool begun_ = false;
  bool waits_ = false;  ///< Its lease is spent, and there was no other.
  Vector<S> parameters_ = {};
};

}  // namespace tributary::inline v0_1::detail
