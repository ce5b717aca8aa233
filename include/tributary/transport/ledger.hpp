// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <tributary/core/result.hpp>
#include <tributary/core/serialize.hpp>
#include <tributary/data/lease.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

/// Records the part of the work that each worker has, and the steps that are in the center. Every
/// step of every share is merged once, even if workers join, leave or die. Passive, like its
/// center.
///
/// Work is assigned in whole cycles of a worker. The work of a lost worker goes to others in pieces
/// that get smaller towards the end, so that all finish at about the same time (Polychronopoulos
/// and Kuck, "Guided self-scheduling", IEEE Trans. Computers 36, 1987). A worker without work may
/// take half of the remaining work of the slowest worker.
class Ledger {
 public:
  /// `steps` has the steps of each share, and `cycle` those of a cycle. `moves_work`: work may also
  /// move from workers that are present. `keeps_shares`: each worker does only its own share,
  /// because others do not have its rows.
  Ledger(const std::vector<std::uint64_t>& steps, std::uint64_t cycle, bool moves_work,
         bool keeps_shares = false)
      : steps_{steps},
        cycle_{cycle},
        moves_work_{moves_work},
        keeps_shares_{keeps_shares},
        holders_(steps.size()) {
    for (std::size_t share = 0; share < steps.size(); ++share) {
      if (steps[share] > 0) rest_.push_back({static_cast<int>(share), 0, steps[share]});
      left_ += steps[share];
    }
  }

  /// A worker joins. It gets the rest of its own share, or else any remaining piece.
  void begin(int worker) {
    lose(worker);
    Holder& holder = holder_of(worker);
    holder.there = true;
    holder.lease = {worker, 0, 0};
    const auto own = std::ranges::find(rest_, worker, &Lease::share);
    if (own == rest_.end()) {
      next(worker);
    } else {
      holder.lease = *own;
      rest_.erase(own);
    }
  }
  /// Whether such a piece of work exists, for any worker.
  bool holds(const Lease& lease) const {
    return lease.share >= 0 && static_cast<std::size_t>(lease.share) < steps_.size() &&
           lease.begin <= lease.end && lease.end <= steps_[static_cast<std::size_t>(lease.share)];
  }
  /// Whether a commit may have this many steps of its lease: the steps of a cycle, and those that
  /// ran ahead before it. These steps stay with the worker, even if another one takes a part of its
  /// lease in the meantime. A worker without a lease makes no commit, even of 0 steps.
  bool admits(int worker, std::uint64_t steps) const {
    return !spent(worker) && steps <= std::min(size(lease(worker)), 2 * cycle_);
  }
  /// This many steps of its lease were merged; admits() them.
  void merged(int worker, std::uint64_t steps) {
    Lease& lease = holder_of(worker).lease;
    assert(steps <= lease.end - lease.begin);
    lease.begin += steps;
    left_ -= steps;
  }
  /// The worker is lost; its remaining steps are available to others.
  void lose(int worker) {
    Holder& holder = holder_of(worker);
    if (holder.there && !spent(worker)) rest_.push_back(holder.lease);
    holder = {};
  }
  /// Another lease for a worker whose lease is spent; nothing if none is available at the moment.
  std::optional<Lease> next(int worker) {
    if (keeps_shares_) return std::nullopt;
    Holder& holder = holder_of(worker);
    assert(holder.there && spent(worker));
    std::optional<Lease> piece = from_rest();
    if (!piece && moves_work_) piece = from_slowest();
    if (piece) holder = {*piece, true};
    return piece;
  }
  /// If each worker keeps its share, pieces without a worker are never done. Removes and returns
  /// them.
  std::vector<Lease> abandon() {
    if (!keeps_shares_) return {};
    for (const Lease& lease : rest_) left_ -= size(lease);
    return std::exchange(rest_, {});
  }
  /// Its remaining work; the end may move closer between two replies.
  const Lease& lease(int worker) const { return holders_[static_cast<std::size_t>(worker)].lease; }
  bool there(int worker) const { return holders_[static_cast<std::size_t>(worker)].there; }
  bool spent(int worker) const { return lease(worker).begin == lease(worker).end; }
  bool finished() const noexcept { return left_ == 0; }
  std::uint64_t left() const noexcept { return left_; }

  void save(std::vector<std::byte>& to) const {
    save_state(to, left_, std::uint64_t{rest_.size()});
    for (const Lease& lease : rest_) save_state(to, lease.share, lease.begin, lease.end);
    for (const Holder& holder : holders_)
      save_state(to, holder.lease.share, holder.lease.begin, holder.lease.end, holder.there);
  }
  /// Reads the state of a ledger with the same number of shares. After an error do not use this
  /// one.
  Status restore(std::span<const std::byte>& from) {
    std::uint64_t left = 0, count = 0;
    if (const Status status = restore_state(from, left, count); !status) return status;
    if (count > from.size()) return Errc::size_mismatch;
    rest_.resize(count);
    left_ = left;
    const auto read = [&](Lease& lease) -> Status {
      if (const Status status = restore_state(from, lease.share, lease.begin, lease.end); !status)
        return status;
      if (!holds(lease) || size(lease) > left) return Errc::out_of_range;
      left -= size(lease);
      return Done{};
    };
    for (Lease& lease : rest_) {
      if (const Status status = read(lease); !status) return status;
    }
    for (Holder& holder : holders_) {
      if (const Status status = read(holder.lease); !status) return status;
      if (const Status status = restore_state(from, holder.there); !status) return status;
      holder.ahead = true;
    }
    if (left != 0) return Errc::out_of_range;
    return Done{};
  }

 private:
  struct Holder {
    Lease lease = {};
    bool there = false;
    /// It may have done more steps than are recorded here, and send them when it returns.
    bool ahead = false;
  };

  Holder& holder_of(int worker) { return holders_[static_cast<std::size_t>(worker)]; }
  static std::uint64_t size(const Lease& lease) { return lease.end - lease.begin; }
  std::uint64_t whole_cycles(std::uint64_t steps) const { return steps / cycle_ * cycle_; }

  std::optional<Lease> from_rest() {
    const auto largest = std::ranges::max_element(rest_, {}, size);
    if (largest == rest_.end()) return std::nullopt;
    const auto there =
        static_cast<std::uint64_t>(std::ranges::count(holders_, true, &Holder::there));
    const std::uint64_t wanted = std::max(cycle_, whole_cycles(size(*largest) / (2 * there)));
    Lease piece = *largest;
    piece.end = piece.begin + std::min(wanted, size(piece));
    largest->begin = piece.end;
    if (size(*largest) == 0) rest_.erase(largest);
    return piece;
  }
  /// The slowest worker gets its new end with its next reply, so it may already be two cycles
  /// further.
  std::optional<Lease> from_slowest() {
    const auto known_rest = [](const Holder& h) { return h.ahead ? 0 : size(h.lease); };
    const auto slowest = std::ranges::max_element(holders_, {}, known_rest);
    Lease& lease = slowest->lease;
    const std::uint64_t sure = 2 * cycle_;
    if (known_rest(*slowest) < sure + 2 * cycle_) return std::nullopt;
    const std::uint64_t kept = sure + whole_cycles((size(lease) - sure) / 2);
    const Lease piece{lease.share, lease.begin + kept, lease.end};
    lease.end = piece.begin;
    return piece;
  }

  std::vector<std::uint64_t> steps_;  ///< Steps of each share.
  std::uint64_t cycle_;
  bool moves_work_, keeps_shares_;
  std::uint64_t left_ = 0;       ///< Steps that are not in the center yet.
  std::vector<Lease> rest_;      ///< Pieces without a worker.
  std::vector<Holder> holders_;  ///< One per rank.
};

}  // namespace tributary::inline v0_1
