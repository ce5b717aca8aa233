// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <tributary/core/are_finite.hpp>
#include <tributary/core/file.hpp>
#include <tributary/core/result.hpp>
#include <tributary/core/serialize.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/observe/observer.hpp>
#include <tributary/transport/detail/checkpoint_file.hpp>
#include <tributary/transport/fingerprint.hpp>
#include <tributary/transport/tcp/bytes.hpp>
#include <tributary/transport/tcp/hub_run.hpp>
#include <tributary/transport/tcp/membership.hpp>
#include <tributary/transport/tcp/socket.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1::detail {

/// Writes a hub's checkpoints, and resumes from one.
template <class Options, Real S>
class Checkpointer {
 public:
  explicit Checkpointer(HubRun<Options, S>& run) : run_{run} {}

  /// Locks the file for this hub, and resumes from it if it exists. Throws FileError.
  void open() {
    if (run_.options.checkpoint.empty()) return;
    lock();
    resume();
  }
  /// Returns when the current state is in the file. It waits as long as the file cannot be written;
  /// at the end of the run it returns even then.
  void make_durable() {
    if (run_.options.checkpoint.empty()) return;
    std::unique_lock book{run_.book};
    const std::uint64_t request = ++requested_;
    run_.changed.notify_all();
    const auto done = [&] {
      const bool ends = run_.halt.stop_requested() || run_.membership.finished() ||
                        run_.shared.flow() == Flow::stop;
      return written_ >= request || run_.shared.failed() || (ends && write_fails_);
    };
    while (!done()) run_.changed.wait_for(book, std::chrono::milliseconds{20});
  }
  /// A checkpoint is written soon. Call it with the book's lock.
  void request() {
    if (requested_ != written_) return;
    ++requested_;
    run_.changed.notify_all();
  }
  /// The number of commits that a worker may keep in case the hub dies.
  std::uint64_t most_kept() const noexcept { return most_kept_; }
  /// Writes checkpoints until a stop is requested.
  void keep(const std::stop_token& stop) {
    if (run_.options.checkpoint.empty()) return;
    try {
      std::string problem;  // of the last attempt
      for (;;) {
        const double pause = run_.options.checkpoint_seconds;
        const Time next =
            Clock::now() + seconds_from(problem.empty() ? pause : std::min(pause, 1.0));
        {
          std::unique_lock book{run_.book};
          const auto wanted = [&] { return requested_ != written_ && problem.empty(); };
          while (!wanted() && Clock::now() < next && !stop.stop_requested())
            run_.changed.wait_for(book, std::chrono::milliseconds{20});
        }
        if (stop.stop_requested() || run_.shared.failed()) return;
        const std::string before = std::exchange(problem, try_to_write());
        write_fails_ = !problem.empty();
        if (problem == before) continue;
        run_.notify(problem.empty()
                        ? "checkpoints are written again"
                        : "a checkpoint could not be written; the previous one stays, and the hub "
                          "tries again: " +
                              problem);
      }
    } catch (...) {
      run_.shared.fail(std::current_exception());
      run_.changed.notify_all();
    }
  }
  /// A stopped run can resume from this checkpoint. If it cannot be written, throws FileError; if
  /// the run is complete, a Notice is enough.
  void write_last() {
    if (run_.options.checkpoint.empty() || run_.shared.failed()) return;
    const std::string problem = try_to_write();
    if (problem.empty()) return;
    if (!run_.membership.finished() && run_.shared.flow() == Flow::proceed)
      throw FileError{problem};
    run_.notify("the last checkpoint could not be written: " + problem);
  }

 private:
  /// Throws FileError if another hub has locked the same file.
  void lock() {
    const auto file = beside(run_.options.checkpoint, ".lock");
    try {
      lock_.emplace(file);
    } catch (const FileError& error) {
      throw FileError{std::string{error.what()} + ", expected a Tcp::checkpoint of this hub's own"};
    }
    if (!lock_->held())
      run_.notify("the file system of " + file.string() +
                  " has no locks: make sure that no other hub uses this checkpoint");
  }
  /// Resumes from the checkpoint of an earlier process. Throws FileError.
  void resume() {
    const auto found = read_checkpoint(run_.options.checkpoint);
    if (!found) return write_now();
    const auto check = [&](bool right, const std::string& what) {
      if (!right) throw FileError{found->file.string() + ": " + what};
    };
    check(found->sections.size() == 3, "is not a checkpoint of this version");
    const Fingerprint before = read_fingerprint(found->sections.front());
    check(!before.fields.empty(), "has no fingerprint that can be read");
    run_.membership.complete_fingerprint(before);
    const std::string differs =
        difference(fingerprint(), "this run", before, "the file").value_or("");
    check(differs.empty(), "is a checkpoint of another run: " + differs);
    std::span<const std::byte> state{found->sections[1]}, seen{found->sections[2]};
    bool ended = false;
    const bool whole = bool{run_.center.restore(state)} &&
                       bool{run_.membership.restore(found->run, state)} &&
                       bool{run_.shared.restore(state)} &&
                       bool{restore_state(state, run_.lost, run_.lost_steps)} && run_.lost >= 0 &&
                       state.empty() && bool{restore_state(seen, ended)};
    check(whole, "does not fit the run");
    const auto anew = run_.center.restore_observers(seen);
    check(bool{anew}, "does not fit the observers of the run");
    if (!found->skipped.empty()) {
      run_.membership.forget_workers();
      run_.notify("the previous checkpoint is used, and all workers start again: " +
                  found->skipped);
    }
    const std::uint64_t merges = run_.center.tally().merges;
    if (merges > 0 && !anew->empty())
      run_.notify("the run resumes after merge " + std::to_string(merges) +
                  ", but these observers start again: " + *anew);
    if (!ended) return;
    run_.notify("an observer had ended this run: this is its result");
    run_.shared.stop();
  }
  /// Without fields if it cannot be read.
  static Fingerprint read_fingerprint(std::span<const std::byte> text) {
    ByteReader in{text};
    Fingerprint print;
    while (!in.failed() && !in.complete()) {
      std::string name = in.text();
      print.fields.emplace_back(std::move(name), in.text());
    }
    if (in.failed()) print.fields.clear();
    return print;
  }
  Fingerprint fingerprint() const {
    Fingerprint print =
        run_.options.local_workers > 0 ? run_.fingerprint : run_.membership.fingerprint();
    print.fields.emplace_back("Tcp::workers", std::to_string(run_.options.workers));
    return print;
  }
  void write_now() {
    CheckpointSections checkpoint{.run = run_.membership.run_id(), .sections = {{}, {}, {}}};
    std::vector<Membership::Mark> marks;
    std::uint64_t request = 0;
    bool right = true;
    run_.shared.hold_still([&] {
      const std::scoped_lock book{run_.book};
      request = requested_;
      // Merges after an observer has ended the run are not checked.
      right = !run_.shared.failed() &&
              (run_.shared.flow() == Flow::proceed ||
               are_finite(run_.center.parameters().data(), run_.center.parameters().size()));
      if (!right) return;
      ByteWriter print;
      for (const auto& [name, value] : fingerprint().fields) print.text(name).text(value);
      checkpoint.sections.front() = print.take();
      std::vector<std::byte>&state = checkpoint.sections[1], &seen = checkpoint.sections[2];
      run_.center.save(state);
      run_.membership.save(state);
      run_.shared.save(state);
      save_state(state, run_.lost, run_.lost_steps);
      save_state(seen, run_.shared.flow() == Flow::stop);
      run_.center.save_observers(seen);
      marks = run_.membership.marks();
    });
    if (right) write_checkpoint(run_.options.checkpoint, checkpoint);
    {
      const std::scoped_lock book{run_.book};
      run_.membership.made_durable(marks);
      written_ = request;
    }
    run_.changed.notify_all();
  }
  /// The error as text; empty if there was none. A later attempt may succeed.
  std::string try_to_write() {
    try {
      write_now();
      return {};
    } catch (const FileError& error) {
      return error.what();
    }
  }

  HubRun<Options, S>& run_;
  std::optional<FileLock> lock_;
  std::uint64_t most_kept_ =
      std::max<std::uint64_t>(2, run_.options.kept_bytes / run_.vector_bytes());
  std::uint64_t requested_ = 0, written_ = 0;  ///< Numbers of checkpoints.
  std::atomic<bool> write_fails_ = false;      ///< The last attempt failed.
};

}  // namespace tributary::inline v0_1::detail
