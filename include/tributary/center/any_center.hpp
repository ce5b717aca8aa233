// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <tributary/core/are_finite.hpp>
#include <tributary/core/result.hpp>
#include <tributary/core/serialize.hpp>
#include <tributary/core/training_diverged.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/observe/observer.hpp>
#include <tributary/rule/commit.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

class Recording;

/// The center's counts of a run.
struct Tally {
  std::uint64_t merges = 0;
  std::uint64_t steps = 0;                    ///< Local steps in these merges.
  std::uint64_t events = 0;                   ///< In the batches of those steps.
  std::vector<std::uint64_t> staleness = {};  ///< [s]: merges whose commit was s merges old.
  double compute_seconds = 0;                 ///< Sum over all workers.
  double waiting_seconds = 0;                 ///< Sum over all workers.

  double mean_staleness() const {
    double sum = 0;
    for (std::size_t s = 0; s < staleness.size(); ++s)
      sum += static_cast<double>(s) * static_cast<double>(staleness[s]);
    return merges == 0 ? 0 : sum / static_cast<double>(merges);
  }
  double waiting_share() const {
    const double all = compute_seconds + waiting_seconds;
    return all > 0 ? waiting_seconds / all : 0;
  }
};

/// Requirements of the rule and the observers on the owner of the center.
struct CenterTraits {
  Schedule schedule = Schedule::asynchronous;
  int bound = 0;  ///< Stale-synchronous: the largest lead over the slowest worker, in commits.
  bool separable = false;       ///< Stripes may be merged at the same time, see Separable.
  bool concurrent = false;      ///< Threads may merge one stripe at the same time.
  bool replies_center = false;  ///< A reply is the center after the merge, see RepliesCenter.
  bool weighs_events = false;   ///< The center half takes the mean of a round, see WeighsEvents.
  bool ensemble = false;        ///< The center half keeps one model per worker, see EnsembleCenter.
  bool averages = false;        ///< The result is an average of the center, see AveragesCenter.
  bool shows_merges = false;    ///< Observers see the center after each merge.
};

/// The shared parameters of a run, for any rule and observers, as a transport sees them. Passive:
/// it has no thread and no lock; its owner serializes the calls of merge(), or merges stripe by
/// stripe.
///
/// The parameters of a Separable rule are divided into stripes, which several threads may merge at
/// the same time. The result is bit for bit the same as without stripes.
template <Real S>
class AnyCenter {
 public:
  using Scalar = S;

  AnyCenter(const AnyCenter&) = delete;
  AnyCenter& operator=(const AnyCenter&) = delete;

  const CenterTraits& traits() const noexcept { return traits_; }
  const Vector<S>& parameters() const noexcept { return parameters_; }
  /// The result of the run so far, which observers see: the center, or its average if the rule
  /// averages it.
  virtual const Vector<S>& result() const noexcept { return parameters_; }
  const Tally& tally() const noexcept { return tally_; }
  /// For a process that does not hold the center: sets the parameters received from the holder.
  void assign(ConstView<S> parameters) { parameters_ = parameters; }

  /// Appends all state that has changed since the start. No merge may be running.
  void save(std::vector<std::byte>& to) const {
    std::vector<std::uint64_t> versions = version_at_reply_;  // a commit may be merged in part
    for (std::uint64_t& version : versions) version = std::min(version, tally_.merges);
    save_state(to, std::uint64_t{tally_.staleness.size()}, tally_, tally_.merges, versions,
               parameters_);
    save_halves(to);
  }
  /// Reads the state that save() wrote from the front of `from`. The center that wrote it must have
  /// the same rule and the same number of parameters and workers. Afterwards both behave the same,
  /// bit for bit. After an error do not use this one.
  Status restore(std::span<const std::byte>& from) {
    std::uint64_t staleness = 0;
    if (const Status status = restore_state(from, staleness); !status) return status;
    if (staleness > from.size() / sizeof(std::uint64_t)) return Errc::size_mismatch;
    tally_.staleness.resize(staleness);
    if (const Status status = restore_state(from, tally_, begun_, version_at_reply_, parameters_);
        !status)
      return status;
    if (const Status status = restore_halves(from); !status) return status;
    const std::uint64_t newest = std::ranges::max(version_at_reply_);
    if (begun_ != tally_.merges || newest > begun_) return Errc::out_of_range;
    if (!finite(parameters_) || !finite(result())) return Errc::not_finite;
    return Done{};
  }
  /// Appends the state of the observers, see KeepsState.
  virtual void save_observers(std::vector<std::byte>& to) const = 0;
  /// Reads the state that save_observers() wrote; it is all of `from`. Returns the names of the
  /// observers that start again.
  virtual Result<std::string> restore_observers(std::span<const std::byte> from) = 0;

  /// The parameters, for a worker that continues from them: its staleness counts from here.
  const Vector<S>& read(int rank) {
    version_at_reply_[static_cast<std::size_t>(rank)] = begun_;
    read_halves(rank);
    return parameters_;
  }
  /// The number of workers has changed: some were lost, or have joined.
  void set_workers(int workers) noexcept { workers_ = workers; }
  int workers() const noexcept { return workers_; }

  /// An observer has ended the run at its start. The run gets a stop_token that is stopped, so no
  /// worker takes a step. A hub still waits for its workers, to tell them, until `stop`: the caller's.
  void end_at_start(std::stop_token stop) { ended_at_start_ = std::move(stop); }
  bool ended_at_start() const noexcept { return ended_at_start_.has_value(); }
  bool tells_newcomers() const noexcept {
    return ended_at_start_ && !ended_at_start_->stop_requested();
  }

  /// The recording that the run's transport makes, see TrainOptions::recording; null if none.
  Recording* recording() const noexcept { return recording_; }
  void record_into(Recording& recording) noexcept { recording_ = &recording; }

  /// A transport with virtual time calls pass_time() as its time goes on, and so requests a stop at
  /// the limit.
  void limit_time(double seconds, std::stop_source at_limit) {
    time_limit_ = seconds;
    at_limit_ = std::move(at_limit);
  }
  void pass_time(double seconds) {
    if (time_limit_ > 0 && seconds >= time_limit_) at_limit_.request_stop();
  }

  /// Notifies observers of a worker's activity.
  Flow record(const Span& span) {
    if (span.activity == Activity::compute) tally_.compute_seconds += span.seconds();
    if (span.activity == Activity::waiting) tally_.waiting_seconds += span.seconds();
    return notify(span);
  }
  Flow record(const Notice& notice) { return notify(notice); }

  Flow merge(const CommitHeader& header, ConstView<S> commit, double seconds, View<S> reply) {
    const MergeInfo info = begin(header);
    for (Index i = 0; i < stripes(); ++i) merge(i, info, stripe(commit, i), stripe(reply, i));
    return finish(header, info, seconds, result());
  }

  /// The parts of merge(): begin(), each stripe once in any order, finish(). One thread at a time
  /// begins or finishes. One thread at a time merges in a stripe, or any number if `concurrent`.
  MergeInfo begin(const CommitHeader& header) {
    const std::uint64_t before = begun_++;
    if (header.worker == all_workers) return {header.worker, header.contributors, 0, workers_};
    std::uint64_t& at_reply = version_at_reply_[static_cast<std::size_t>(header.worker)];
    const std::uint64_t staleness = traits_.ensemble ? 0 : before - at_reply;
    at_reply = begun_;
    return {header.worker, header.contributors, staleness, workers_};
  }
  /// Merges stripe i; commit and reply are the segments of that stripe, in different memory. If the
  /// center becomes infinite or NaN, the reply is 0, and finish() fails, so no worker continues from
  /// such a center.
  void merge(Index i, const MergeInfo& info, ConstView<S> commit, View<S> reply) {
    if (!merge_in_place(i, info, commit, reply)) {
      reply.setZero();
    } else if (traits_.replies_center) {
      reply = stripe(parameters_, i);
    }
  }
  /// The same for a center that replies_center and whose owner reads the reply in parameters();
  /// `scratch` has no meaning afterwards. Returns whether the center is finite.
  bool merge_in_place(Index i, const MergeInfo& info, ConstView<S> commit, View<S> scratch) {
    const auto mine = stripe(parameters_, i);
    merge_half(i, mine, commit, info, scratch);
    // Other threads may be writing to a concurrent center, so only the reply is checked.
    if (traits_.concurrent ? finite(scratch) : finite(mine)) return true;
    int nobody = no_worker;
    diverged_by_.compare_exchange_strong(nobody, info.worker);
    return false;
  }
  /// Notifies observers of the merge. They see `center`: result() while no merge is running, or
  /// a substitute. Throws TrainingDiverged.
  Flow finish(const CommitHeader& header, const MergeInfo& info, double seconds,
              ConstView<S> center) {
    count(header, info);
    if (diverged_by_ != no_worker) fail();
    // A commit without steps, as with overlap = period, has neither; 0 / 0 may trap.
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    const auto events = static_cast<double>(header.events);
    return notify(Merged<S>{.version = tally_.merges,
                            .worker = header.worker,
                            .staleness = info.staleness,
                            .loss = header.steps > 0 ? header.loss_sum / header.steps : none,
                            .accuracy = header.events > 0 ? header.hits / events : none,
                            .events = tally_.events,
                            .seconds = seconds,
                            .center = center,
                            .members = members(),
                            .averaged = traits_.averages});
  }

  /// In place of finish(), for a merge that had begun before an observer ended the run: it is in the
  /// center and in the tally, and observers are not notified.
  void count(const CommitHeader& header, const MergeInfo& info) {
    ++tally_.merges;
    tally_.steps += static_cast<std::uint64_t>(header.steps);
    tally_.events += header.events;
    if (tally_.staleness.size() <= info.staleness) tally_.staleness.resize(info.staleness + 1);
    ++tally_.staleness[info.staleness];
  }

  Index stripes() const noexcept {
    return std::max<Index>(1, (parameters_.size() + stripe_size_ - 1) / stripe_size_);
  }
  /// The segment of a vector of all parameters that belongs to stripe i.
  auto stripe(auto&& vector, Index i) const {
    const Index begin = i * stripe_size_;
    return vector.segment(begin, std::min(stripe_size_, vector.size() - begin));
  }

 protected:
  AnyCenter(const CenterTraits& traits, Vector<S> initial, int workers)
      : traits_{traits},
        parameters_{std::move(initial)},
        workers_{workers},
        stripe_size_{std::max<Index>(1, parameters_.size())},
        version_at_reply_(static_cast<std::size_t>(workers), 0) {
    if (!traits.separable) return;
    constexpr Index line = 64 / sizeof(S), least = 4096 / sizeof(S), most_stripes = 32;
    stripe_size_ = std::max(least, (parameters_.size() / most_stripes / line + 1) * line);
  }
  ~AnyCenter() = default;
  void set_bound(int commits) noexcept { traits_.bound = commits; }

 private:
  /// Merges one stripe.
  virtual void merge_half(Index stripe, View<S> center, ConstView<S> commit, const MergeInfo& info,
                          View<S> reply) = 0;
  virtual void read_halves(int rank) = 0;
  virtual void save_halves(std::vector<std::byte>& to) const = 0;
  virtual Status restore_halves(std::span<const std::byte>& from) = 0;
  virtual std::span<const Vector<S>> members() const = 0;  ///< The models of an ensemble.
  virtual Flow notify(const Span& span) = 0;
  virtual Flow notify(const Notice& notice) = 0;
  virtual Flow notify(const Merged<S>& merged) = 0;

  static bool finite(const auto& numbers) {
    return detail::are_finite<S>(numbers.data(), numbers.size());
  }
  [[noreturn]] void fail() const {
    const int worker = diverged_by_;
    throw TrainingDiverged{"training diverged: the center is NaN or infinite after merge " +
                           std::to_string(tally_.merges) + ", of " +
                           (worker == all_workers
                                ? std::string{"all workers' commits"}
                                : "a commit of worker " + std::to_string(worker)) +
                           "; try a smaller learning_rate or period"};
  }

  CenterTraits traits_;
  Vector<S> parameters_;
  int workers_;  ///< Current number.
  std::optional<std::stop_token> ended_at_start_ = {};
  Recording* recording_ = nullptr;
  double time_limit_ = 0;  ///< 0: none.
  std::stop_source at_limit_{std::nostopstate};
  Index stripe_size_;
  Tally tally_;
  std::uint64_t begun_ = 0;                      ///< Merges that were begun.
  std::vector<std::uint64_t> version_at_reply_;  ///< One per rank: merges begun before the reply.
  static constexpr int no_worker = all_workers - 1;
  std::atomic<int> diverged_by_ = no_worker;  ///< The worker that made parameters_ not finite.
};

}  // namespace tributary::inline v0_1
