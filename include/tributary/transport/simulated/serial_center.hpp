// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <tributary/center/any_center.hpp>
#include <tributary/core/result.hpp>
#include <tributary/core/serialize.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/observe/observer.hpp>
#include <tributary/rule/commit.hpp>
#include <tributary/transport/detail/ending.hpp>
#include <tributary/transport/detail/round.hpp>
#include <tributary/transport/detail/scheduler.hpp>
#include <tributary/transport/transport.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1::detail {

/// Merges commits into one center in the order of the rule's schedule, and keeps each reply until
/// it is taken. It is used by one thread, such as that of Simulated; a SharedCenter gives the same
/// bits for several threads.
///
/// Asynchronous: a commit is merged when it is posted. Synchronous: when every present worker has
/// posted, the commits are summed in rank order and merged together. Stale-synchronous: a commit is
/// merged when it is posted, and answered when its worker is not too far ahead.
///
/// Passive: it has no thread, no lock and no clock (`seconds` is the caller's). After an observer
/// has stopped the run, or an exception was thrown, nothing is merged and every worker is answered
/// at once.
template <Real S>
class SerialCenter {
 public:
  SerialCenter(AnyCenter<S>& center, int workers)
      : center_{center},
        scheduler_{center.traits().schedule, center.traits().bound, workers},
        slots_(static_cast<std::size_t>(workers)),
        round_{center.traits().weighs_events} {}

  /// Afterwards this worker may be answered; if it was the last of a round, the others too.
  void post(const CommitHeader& header, ConstView<S> commit, double seconds) {
    Slot& slot = slot_of(header.worker);
    if (flow() == Flow::stop) return;
    reuse_memory(slot.message);
    slot.state = State::posted;
    slot.commits = scheduler_.post(header.worker);
    if (schedule() == Schedule::synchronous) {
      slot.header = header;
      slot.message = commit;
      close_round_if_complete(seconds);
      return;
    }
    slot.workers = center_.workers();
    merge(header, commit, seconds, slot.message);
    if (schedule() == Schedule::asynchronous) slot.state = State::answered;
    answer_within_bound();
  }
  /// The worker posts no more, and no worker waits for it. Its commit to an open round is dropped.
  void leave(int rank, double seconds) {
    scheduler_.leave(rank);
    slot_of(rank).state = State::absent;
    close_round_if_complete(seconds);
    answer_within_bound();
  }
  /// A worker that had left is present again, and begins at these parameters.
  const Vector<S>& join(int rank) {
    scheduler_.join(rank);
    slot_of(rank).state = State::working;
    slot_of(rank).workers = center_.workers();
    return center_.read(rank);
  }
  /// A worker that had left has more work, and goes on from its own parameters.
  void go_on(int rank) {
    scheduler_.join(rank);
    slot_of(rank).state = State::working;
  }
  std::uint64_t merges() const noexcept { return center_.tally().merges; }
  /// The number of present workers changes by `more`; at first all are present.
  void count(int more) { center_.set_workers(center_.workers() + more); }
  /// The number of workers when this worker's last commit was merged, or when it has joined.
  int workers(int rank) const { return slot_of(rank).workers; }
  /// Notifies observers of an event that is not about a commit.
  template <class Event>
  void record(const Event& event) {
    ending_.watch([&] { return center_.record(event); });
  }

  bool answered(int rank) const {
    return flow() == Flow::stop || slot_of(rank).state == State::answered;
  }
  /// Swaps in the reply to a worker that is answered. If flow() is Flow::stop, it has no meaning.
  void take(int rank, Vector<S>& reply) {
    Slot& slot = slot_of(rank);
    slot.state = State::working;
    std::swap(reply, slot.message);
    if (slot.message.size() != 0) spare_.push_back(std::exchange(slot.message, {}));
  }
  /// Appends all of its state, and the number of workers, but no other state of the center.
  void save(std::vector<std::byte>& to) const {
    scheduler_.save_all(to);
    save_state(to, center_.workers());
    for (const Slot& slot : slots_)
      save_state(to, slot.state, slot.commits, slot.workers, slot.header, slot.message);
  }
  Status restore(std::span<const std::byte>& from) {
    if (const Status status = scheduler_.restore_all(from); !status) return status;
    int workers = 0;
    if (const Status status = restore_state(from, workers); !status) return status;
    if (workers < 0 || workers > std::ssize(slots_)) return Errc::out_of_range;
    center_.set_workers(workers);
    for (Slot& slot : slots_) {
      const Status status =
          restore_resized(from, slot.state, slot.commits, slot.workers, slot.header, slot.message);
      if (!status) return status;
      const Index size = slot.message.size();
      if (size != 0 && size != center_.parameters().size()) return Errc::size_mismatch;
    }
    return Done{};
  }
  bool failed() const noexcept { return ending_.failed(); }
  Flow flow() const noexcept { return ending_.flow(); }
  Schedule schedule() const noexcept { return center_.traits().schedule; }

  /// Rethrows the exception of an observer.
  void finish() const { ending_.rethrow(); }

 private:
  enum class State { working, posted, answered, absent };
  struct Slot {
    State state = State::working;
    std::uint64_t commits = 0;  ///< Number of its commits so far.
    int workers = 1;            ///< Number of workers when the last one was merged.
    CommitHeader header = {};
    Vector<S> message = {};  ///< The commit when posted, the reply when answered.
  };

  Slot& slot_of(int rank) { return slots_[static_cast<std::size_t>(rank)]; }
  const Slot& slot_of(int rank) const { return slots_[static_cast<std::size_t>(rank)]; }

  void reuse_memory(Vector<S>& message) {
    if (message.size() != 0 || spare_.empty()) return;
    message = std::move(spare_.back());
    spare_.pop_back();
  }
  void close_round_if_complete(double seconds) {
    if (!scheduler_.round_is_complete() || flow() == Flow::stop) return;
    scheduler_.close_round();
    round_.clear();
    for (const Slot& slot : slots_) {
      if (slot.state == State::posted) round_.add(slot.header, slot.message);
    }
    const CommitHeader total = round_.total();
    sum_.resize(center_.parameters().size());
    round_.merge(sum_, [](const auto& commit) -> ConstView<S> { return commit; });
    merge(total, sum_, seconds, reply_);
    for (Slot& slot : slots_) {
      if (slot.state != State::posted) continue;
      slot.message = reply_;
      slot.workers = center_.workers();
      slot.state = State::answered;
    }
  }
  void answer_within_bound() {
    if (schedule() != Schedule::stale_synchronous) return;
    const std::uint64_t limit = scheduler_.limit();
    for (int rank = 0; rank < static_cast<int>(slots_.size()); ++rank) {
      Slot& slot = slot_of(rank);
      if (slot.state != State::posted || slot.commits > limit) continue;
      slot.message = center_.read(rank);
      slot.state = State::answered;
    }
  }
  void merge(const CommitHeader& header, ConstView<S> commit, double seconds, Vector<S>& reply) {
    ending_.watch([&] {
      reply.resize(commit.size());
      return center_.merge(header, commit, seconds, reply);
    });
  }

  AnyCenter<S>& center_;
  Scheduler scheduler_;
  std::vector<Slot> slots_;  ///< One per rank.
  Round<S> round_;
  Vector<S> sum_, reply_;
  std::vector<Vector<S>> spare_;  ///< Unused memory for messages.
  Ending ending_;
};

}  // namespace tributary::inline v0_1::detail
