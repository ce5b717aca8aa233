// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <tributary/center/any_center.hpp>
#include <tributary/core/file.hpp>
#include <tributary/core/result.hpp>
#include <tributary/core/serialize.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/observe/observer.hpp>
#include <tributary/transport/checkpoint_options.hpp>
#include <tributary/transport/detail/checkpoint_file.hpp>
#include <tributary/transport/detail/start_thread.hpp>
#include <tributary/transport/fingerprint.hpp>
#include <tributary/worker/any_worker.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1::detail {

/// Appends a fingerprint; read_fingerprint() reads it.
inline void save_fingerprint(std::vector<std::byte>& to, const Fingerprint& print) {
  save_state(to, std::uint64_t{print.fields.size()});
  for (const auto& [name, value] : print.fields) save_state(to, name, value);
}
inline std::optional<Fingerprint> read_fingerprint(std::span<const std::byte> from) {
  Fingerprint print;
  std::uint64_t fields = 0;
  if (!restore_state(from, fields) || fields > from.size()) return std::nullopt;
  print.fields.resize(fields);
  for (auto& [name, value] : print.fields) {
    if (!restore_resized(from, name, value)) return std::nullopt;
  }
  if (!from.empty()) return std::nullopt;
  return print;
}

/// Writes checkpoints of a run whose center and workers are all in this process, and resumes from
/// one. The transport calls take() when no worker and no merge is running.
template <Real S>
class Checkpoints {
 public:
  /// Locks the file. Throws FileError. `stop` ends the run with a checkpoint.
  Checkpoints(const CheckpointOptions& options, Fingerprint fingerprint, AnyCenter<S>& center,
              std::span<AnyWorker<S>* const> workers, std::stop_token stop)
      : options_{options},
        fingerprint_{std::move(fingerprint)},
        center_{center},
        workers_{workers},
        stop_{std::move(stop)},
        lock_{beside(options.file, ".lock")} {}
  Checkpoints(Checkpoints&&) = delete;

  /// Restores center, observers and workers from the file, if there is one. Returns Flow::stop if
  /// the run is over, because an observer had ended it, or does so now: the center is its result.
  /// Throws FileError if the file is damaged, or of another run.
  Flow resume() {
    Flow flow = Flow::proceed;
    const auto notify = [&](const std::string& what) {
      if (center_.record(Notice{what, 0}) == Flow::stop) flow = Flow::stop;
    };
    if (!lock_.held())
      notify("the file system of " + options_.file.string() +
             " has no locks: make sure that no other process uses this checkpoint");
    const auto found = read_checkpoint(options_.file);
    if (!found) return flow;
    const auto check = [&](bool right, const std::string& what) {
      if (!right) throw FileError{found->file.string() + ": " + what};
    };
    check(found->sections.size() >= first_worker, "is not a checkpoint of this version");
    const Fingerprint before = read_fingerprint(found->sections[0]).value_or(Fingerprint{});
    check(!before.fields.empty(), "has no fingerprint");
    const std::string differs =
        difference(fingerprint_, "this run", before, "the file").value_or("");
    check(differs.empty(), "is a checkpoint of another run: " + differs);
    std::span<const std::byte> state{found->sections[1]};
    bool ended = false;
    check(bool{center_.restore(state)} && bool{restore_state(state, ended)} && state.empty(),
          "does not fit the run");
    const auto anew = center_.restore_observers(found->sections[2]);
    check(bool{anew}, "does not fit the observers of the run");
    transport_ = found->sections[3];
    resumes_ = true;
    if (!found->skipped.empty()) notify("the previous checkpoint is used: " + found->skipped);
    if (!anew->empty())
      notify("the run resumes after merge " + std::to_string(center_.tally().merges) +
             ", but these observers start again: " + *anew);
    if (ended) {
      notify("an observer had ended this run: this is its result");
      return Flow::stop;
    }
    check(found->sections.size() == first_worker + workers_.size(), "has other workers");
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      std::span<const std::byte> from{found->sections[first_worker + i]};
      bool in_flight = false;
      const bool right = bool{restore_state(from, in_flight)};
      const Status status = right ? workers_[i]->restore(from, in_flight) : Errc::size_mismatch;
      check(status || status.error() != Errc::out_of_range, "has more steps of worker " +
                                                                std::to_string(i) +
                                                                " than this run: see "
                                                                "TrainOptions::epochs");
      check(status && from.empty(), "does not fit worker " + std::to_string(i));
      in_flight_.push_back(in_flight);
    }
    return flow;
  }
  bool resumes() const noexcept { return resumes_; }
  /// Whether the worker had a commit in flight.
  bool was_in_flight(int rank) const {
    return resumes_ && in_flight_[static_cast<std::size_t>(rank)];
  }
  /// The transport's own state, as given to take().
  std::span<const std::byte> of_transport() const noexcept { return transport_; }

  /// Starts the thread that writes.
  void start() {
    taken_ = Clock::now();
    merges_taken_ = center_.tally().merges;
    writer_ = start_thread("checkpoints", [this](const std::stop_token& end) { keep(end); });
  }
  /// A checkpoint is due. Any thread may ask.
  bool due() const {
    return stops() || (!busy_ && (enough_merges_ || Clock::now() >= taken_.load() + pause()));
  }
  /// The run is to end with a checkpoint.
  bool stops() const noexcept { return stop_.stop_requested(); }
  /// After a merge.
  void merged(std::uint64_t merges) {
    if (options_.every_merges > 0 && merges - merges_taken_ >= options_.every_merges)
      enough_merges_ = true;
  }
  /// The state of a worker, for take(). `in_flight`: see AnyWorker::save().
  static std::vector<std::byte> state_of(const AnyWorker<S>& worker, bool in_flight) {
    std::vector<std::byte> state;
    save_state(state, in_flight);
    worker.save(state, in_flight);
    return state;
  }
  /// Takes the state of the run, which is written soon. Returns a notice for the observers, or an
  /// empty text. `workers`: state_of() each.
  std::string take(std::vector<std::byte> of_transport,
                   std::span<const std::vector<std::byte>> workers, bool ended = false) {
    CheckpointSections now{.run = 0, .sections = std::vector<std::vector<std::byte>>(first_worker)};
    save_fingerprint(now.sections[0], fingerprint_);
    center_.save(now.sections[1]);
    save_state(now.sections[1], ended);
    center_.save_observers(now.sections[2]);
    now.sections[3] = std::move(of_transport);
    now.sections.insert(now.sections.end(), workers.begin(), workers.end());
    taken_ = Clock::now();
    enough_merges_ = false;
    merges_taken_ = center_.tally().merges;
    const std::scoped_lock lock{mutex_};
    next_ = std::move(now);
    busy_ = true;
    changed_.notify_all();
    return std::exchange(notice_, {});
  }
  /// After the last take(): waits until it is written. If it cannot be, throws FileError in a run
  /// that was stopped; the result of a complete run is more important, and a Notice is enough.
  void finish() {
    {
      std::unique_lock lock{mutex_};
      changed_.wait(lock, [&] { return !busy_; });
    }
    writer_ = {};  // joins
    if (problem_.empty()) return;
    if (stops()) throw FileError{problem_};
    center_.record(Notice{"the last checkpoint could not be written: " + problem_, 0});
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t first_worker = 4;  ///< The first section of a worker.

  Clock::duration pause() const {
    return std::chrono::duration_cast<Clock::duration>(
        std::chrono::duration<double>(std::min(options_.every_seconds, 1e9)));
  }
  void keep(const std::stop_token& end) {
    const std::stop_callback wake{end, [&] {
                                    const std::scoped_lock lock{mutex_};
                                    changed_.notify_all();
                                  }};
    std::unique_lock lock{mutex_};
    for (;;) {
      changed_.wait(lock, [&] { return next_ || end.stop_requested(); });
      const std::optional<CheckpointSections> now = std::exchange(next_, std::nullopt);
      if (!now) return;
      lock.unlock();
      std::string problem;
      try {
        write_checkpoint(options_.file, *now);
      } catch (const std::exception& error) {
        problem = error.what();
      }
      lock.lock();
      if (problem != problem_)
        notice_ = problem.empty() ? "checkpoints are written again"
                                  : "a checkpoint could not be written; the previous one stays, "
                                    "and the next one is tried: " +
                                        problem;
      problem_ = std::move(problem);
      busy_ = next_.has_value();
      changed_.notify_all();
    }
  }

  CheckpointOptions options_;
  Fingerprint fingerprint_;
  AnyCenter<S>& center_;
  std::span<AnyWorker<S>* const> workers_;
  std::stop_token stop_;
  FileLock lock_;
  bool resumes_ = false;
  std::vector<bool> in_flight_;
  std::vector<std::byte> transport_;

  std::atomic<Clock::time_point> taken_ = Clock::time_point{};  ///< Time of the last take().
  std::atomic<bool> busy_ = false;                              ///< A checkpoint is being written.
  std::atomic<bool> enough_merges_ = false;
  std::uint64_t merges_taken_ = 0;  ///< Merges at the last take().
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<CheckpointSections> next_;
  std::string problem_;  ///< Of the last write.
  std::string notice_;   ///< For the observers.
  std::jthread writer_;  ///< The last member: it uses the others.
};

}  // namespace tributary::inline v0_1::detail
