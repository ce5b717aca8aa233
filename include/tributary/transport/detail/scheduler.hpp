// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
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
  /// A worker that had left is present again.
  void join(int rank) {
    Worker& worker = at(rank);
    if (worker.present) return;
    worker.commits = is_synchronous() ? rounds_ : std::max(worker.commits, slowest());
    worker.present = true;
    ++present_;
  }
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
