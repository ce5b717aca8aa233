// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <tributary/core/result.hpp>
#include <tributary/core/serialize.hpp>
#include <tributary/rule/commit.hpp>
#include <vector>

namespace tributary::inline v0_1::detail {

/// Decides which workers wait. At the end of a synchronous round all workers wait for each other.
/// Under a stale-synchronous rule a worker waits that is more than `bound` commits ahead of the
/// slowest one. Passive: it has no thread and no lock, and sees no commit. Workers are present
/// until they leave().
class Scheduler {
 public:
  Scheduler(Schedule schedule, int bound, int workers)
      : schedule_{schedule},
        bound_{static_cast<std::uint64_t>(bound)},
        workers_(static_cast<std::size_t>(workers)),
        present_{workers_.size()} {}

  /// A worker commits, and is present from then on. Returns the number of its commits; it may be
  /// answered when limit() is at least this number.
  std::uint64_t post(int rank) {
    join(rank);
    if (is_synchronous()) ++posted_;
    return ++at(rank).commits;
  }
  /// No worker waits for this one any more. Its commit to an incomplete round is dropped.
  void leave(int rank) {
    Worker& worker = at(rank);
    if (!worker.present) return;
    if (is_synchronous() && worker.commits > rounds_) --posted_;
    worker.present = false;
    --present_;
  }
  /// A worker that had left is present again. Returns the number of its commits.
  std::uint64_t join(int rank) {
    Worker& worker = at(rank);
    if (worker.present) return worker.commits;
    worker.commits = is_synchronous() ? rounds_ : std::max(worker.commits, slowest());
    worker.present = true;
    ++present_;
    return worker.commits;
  }
  /// Others wait for a worker that has not come yet, and begins as far as the slowest of them.
  void reserve(int rank) {
    leave(rank);
    at(rank).commits = 0;
    join(rank);
  }
  std::size_t present() const noexcept { return present_; }
  /// Under a synchronous rule: at least one worker has posted, and every present worker has.
  bool round_is_complete() const noexcept {
    return is_synchronous() && posted_ > 0 && posted_ == present_;
  }
  void close_round() noexcept {
    ++rounds_;
    posted_ = 0;
  }
  /// Workers with at most this many commits may be answered.
  std::uint64_t limit() const {
    switch (schedule_) {
      case Schedule::synchronous:
        return rounds_;
      case Schedule::stale_synchronous:
        return slowest() + bound_;
      case Schedule::asynchronous:
        break;
    }
    return everything;
  }

  /// Appends all of its state; restore_all() reads it.
  void save_all(std::vector<std::byte>& to) const {
    save_state(to, workers_, std::uint64_t{present_}, std::uint64_t{posted_}, rounds_);
  }
  Status restore_all(std::span<const std::byte>& from) {
    std::uint64_t present = 0, posted = 0;
    const Status status = restore_state(from, workers_, present, posted, rounds_);
    present_ = present;
    posted_ = posted;
    return status;
  }
  /// Appends the commits of each worker, by which a stale-synchronous rule bounds the next ones.
  /// Rounds are counted from 0 after a restart.
  void save(std::vector<std::byte>& to) const {
    if (schedule_ != Schedule::stale_synchronous) return;
    for (const Worker& worker : workers_) save_state(to, worker.commits);
  }
  /// Reads what save() wrote; no worker has more than `most` commits. After an error do not use this
  /// one.
  Status restore(std::span<const std::byte>& from, std::uint64_t most) {
    if (schedule_ != Schedule::stale_synchronous) return Done{};
    for (Worker& worker : workers_) {
      if (const Status status = restore_state(from, worker.commits); !status) return status;
      if (worker.commits > most) return Errc::out_of_range;
    }
    return Done{};
  }

 private:
  struct Worker {
    std::uint64_t commits = 0;
    bool present = true;
  };
  static constexpr std::uint64_t everything = std::numeric_limits<std::uint64_t>::max();

  bool is_synchronous() const noexcept { return schedule_ == Schedule::synchronous; }
  Worker& at(int rank) { return workers_[static_cast<std::size_t>(rank)]; }
  /// Number of commits of the slowest present worker.
  std::uint64_t slowest() const {
    std::uint64_t least = everything;
    for (const Worker& worker : workers_)
      if (worker.present) least = std::min(least, worker.commits);
    return least == everything ? 0 : least;
  }

  Schedule schedule_;
  std::uint64_t bound_;
  std::vector<Worker> workers_;  ///< One per rank.
  std::size_t present_;
  std::size_t posted_ = 0;    ///< Commits in the round, under a synchronous rule.
  std::uint64_t rounds_ = 0;  ///< Complete rounds, under a synchronous rule.
};

}  // namespace tributary::inline v0_1::detail
