// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <tributary/core/file.hpp>
#include <tributary/data/lease.hpp>
#include <tributary/observe/observer.hpp>
#include <tributary/rule/commit.hpp>
#include <tributary/transport/detail/checkpoints.hpp>
#include <tributary/transport/detail/flush_denormals.hpp>
#include <tributary/transport/detail/pin_thread.hpp>
#include <tributary/transport/detail/run_worker.hpp>
#include <tributary/transport/detail/shared_center.hpp>
#include <tributary/transport/detail/start_thread.hpp>
#include <tributary/transport/in_process.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

namespace detail {

/// The port of one worker's thread to the center.
template <Real S>
struct SharedCenterPort final : WorkerPort<S> {
  using typename WorkerPort<S>::Start, typename WorkerPort<S>::Reply;

  SharedCenterPort(SharedCenter<S>& c, const AnyWorker<S>& w, const Vector<S>& from,
                   std::stop_source& h, const Checkpoints<S>* k)
      : shared{c}, worker{w}, initial{from}, halt{h}, checkpoints{k} {}

  std::optional<Start> begin() override {
    if (std::exchange(begun, true)) return std::nullopt;
    const int rank = worker.rank();
    const bool resumes = checkpoints && checkpoints->resumes() && worker.has_begun();
    return Start{resumes ? nullptr : &initial, rank, shared.workers(rank), worker.lease(),
                 checkpoints && checkpoints->was_in_flight(rank)};
  }
  bool pause() override { return shared.pause(worker); }
  void post(const CommitHeader& header, const Vector<S>& commit, int steps) override {
    if (shared.post(header, commit, steps) == Flow::stop) halt.request_stop();
  }
  Reply await(int steps) override {
    shared.pause_at_bound(worker);
    return {shared.await(worker.rank(), steps), shared.workers(worker.rank()), std::nullopt};
  }
  std::optional<Lease> next_lease() override { return std::nullopt; }

  SharedCenter<S>& shared;
  const AnyWorker<S>& worker;
  const Vector<S>& initial;
  std::stop_source& halt;
  const Checkpoints<S>* checkpoints;  ///< May be null.
  bool begun = false;
};

}  // namespace detail

template <Real S>
Delivery InProcess::run(AnyCenter<S>& center, std::span<AnyWorker<S>* const> local,
                        std::stop_token stop, detail::Checkpoints<S>* checkpoints) const {
  detail::SharedCenter<S> shared{center, workers};
  if (checkpoints) {
    if (!shared.keep(*checkpoints))
      throw FileError{"the checkpoint does not fit the schedule of InProcess"};
    checkpoints->start();
    stop = {};  // a run with checkpoints ends with one, at which workers pause
  }
  const Vector<S> initial = center.parameters();
  for (const AnyWorker<S>* const worker : local) {
    shared.record_start(worker->rank(), static_cast<std::uint64_t>(worker->rank()));
    shared.record_lease(worker->rank(), worker->lease());
  }
  std::stop_source halt;  // the caller's stop, an observer's, or a failure
  const std::stop_callback forward{stop, [&] { halt.request_stop(); }};
  const auto fail = [&] {
    shared.fail(std::current_exception());
    halt.request_stop();
  };
  const auto run_worker = [&](AnyWorker<S>& worker) {
    const FlushDenormals guard;
    if (pin) pin_thread(worker.rank());
    try {
      detail::SharedCenterPort<S> port{shared, worker, initial, halt, checkpoints};
      detail::run_worker<S>(worker, port, halt.get_token());
      return shared.leave_for_good(worker);
    } catch (...) {
      fail();
    }
    shared.leave(worker.rank());
  };
  std::vector<std::jthread> threads;
  try {
    for (AnyWorker<S>* const worker : local)
      threads.push_back(detail::start_thread("worker " + std::to_string(worker->rank()),
                                             [&run_worker, worker] { run_worker(*worker); }));
  } catch (...) {  // a thread cannot be started: the running ones must not wait for it
    fail();
  }
  threads.clear();  // joins
  shared.take_last();
  shared.finish();
  if (checkpoints) checkpoints->finish();
  return {.seconds = shared.seconds(), .threads = workers};
}

}  // namespace tributary::inline v0_1
