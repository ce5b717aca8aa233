// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <tributary/center/any_center.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/text_stream.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/lease.hpp>
#include <tributary/observe/observer.hpp>
#include <tributary/rule/commit.hpp>
#include <tributary/transport/checkpoint_options.hpp>
#include <tributary/transport/detail/flush_denormals.hpp>
#include <tributary/transport/fingerprint.hpp>
#include <tributary/transport/ledger.hpp>
#include <tributary/transport/recording.hpp>
#include <tributary/transport/transport.hpp>
#include <tributary/worker/any_worker.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

/// Thrown by a replay whose workers or result are not those of the recording.
struct ReplayDiffers : std::runtime_error {
  using std::runtime_error::runtime_error;
};

namespace detail {

/// The carrier of Replayed. Its local workers are all that have started in the recorded run, in this
/// order, also those that were lost; so each has the state of its own optimizer.
template <Real S>
class Replay {
 public:
  /// Throws std::invalid_argument if the recording is not that of such a run.
  Replay(const Recording& recording, const RunPlan& plan, const Vector<S>& initial)
      : events_{recording.events()}, final_{recording.final_checksum()} {
    require(plan.checkpoint.file.empty(), "TrainOptions::checkpoint", plan.checkpoint.file.string(),
            "empty with the transport Replayed, which writes none");
    const auto check = [](bool ok, const std::string& what) {
      if (!ok) throw std::invalid_argument{"Replayed::recording is of another run: " + what};
    };
    const auto differs =
        difference(plan.fingerprint, "this run", recording.fingerprint(), "the recording");
    check(!differs, differs.value_or(""));
    check(checksum_of_vector(initial) == recording.initial_checksum(),
          "its initial parameters differ");
    topology_.workers = recording.workers();
    const Ledger ledger = plan.ledger(topology_.workers);
    std::vector<bool> started(static_cast<std::size_t>(topology_.workers));
    for (const Event& event : events_) {
      if (event.kind == Kind::workers) {
        check(event.count <= static_cast<std::uint32_t>(topology_.workers), "it has more workers");
        continue;
      }
      if (event.kind == Kind::start) {
        started[event.rank] = true;
        if (index_of(event.first) < numbers_.size()) continue;
        numbers_.push_back(event.first);
        topology_.local_ranks.push_back(event.rank);
      }
      check(started[event.rank], "worker " + std::to_string(event.rank) + " has not started");
      check(event.kind != Kind::lease || ledger.holds(lease_of(event)), "it has other leases");
    }
  }

  Topology topology() const { return topology_; }
  Delivery run(AnyCenter<S>& center, std::span<AnyWorker<S>* const> local,
               const std::stop_token& stop) const {
    const FlushDenormals guard;
    std::vector<Slot> slots(static_cast<std::size_t>(topology_.workers));
    Delivery delivery{.threads = 1};
    for (std::size_t i = 0; i < events_.size(); ++i) {
      if (stop.stop_requested()) return delivery;
      const Event& event = events_[i];
      Slot& slot = slots[event.rank];
      switch (event.kind) {
        case Kind::start:
          slot.worker = local[index_of(event.first)];
          slot.posted = false;
          slot.ahead = 0;
          slot.worker->set_workers(center.workers());
          slot.worker->set_rank(event.rank);
          slot.worker->start(center.read(event.rank), {});
          break;
        case Kind::lease:
          go_on(slot);
          slot.worker->take(lease_of(event));
          break;
        case Kind::end:
          limit(slot, next_step(i));
          go_on(slot);
          end_at(*slot.worker, event.first);
          break;
        case Kind::workers:
          center.set_workers(static_cast<int>(event.count));
          break;
        case Kind::read:
          slot.reply = center.read(event.rank);
          break;
        case Kind::merge:
          limit(slot, i);
          go_on(slot);
          if (merge(slot, event, center) == Flow::stop) return delivery;
          delivery.seconds = std::bit_cast<double>(event.first);
      }
    }
    if (final_ && *final_ != checksum_of_vector(center.result()))
      throw ReplayDiffers{"the result of the replay differs from that of the recorded run"};
    return delivery;
  }

 private:
  using Event = Recording::Event;
  using Kind = Recording::Kind;
  struct Slot {
    AnyWorker<S>* worker = nullptr;
    bool posted = false;  ///< It has not gone on since its last commit.
    int ahead = 0;        ///< Steps since then, if it has.
    int workers = 1;      ///< Number of workers at the merge of that commit.
    Vector<S> reply = {};
  };

  static Lease lease_of(const Event& event) {
    return {static_cast<int>(event.count), event.first, event.second};
  }
  std::size_t index_of(std::uint64_t number) const {
    return static_cast<std::size_t>(std::ranges::find(numbers_, number) - numbers_.begin());
  }
  /// The next event after event i that begins, moves or merges steps of its rank.
  std::size_t next_step(std::size_t i) const {
    const std::uint16_t rank = events_[i].rank;
    for (++i; i < events_.size(); ++i) {
      const auto [kind, of, count, first, second] = events_[i];
      if (of == rank && (kind == Kind::start || kind == Kind::lease || kind == Kind::merge)) break;
    }
    return i;
  }
  bool is_merge(std::size_t i) const {
    return i < events_.size() && events_[i].kind == Kind::merge;
  }
  static void end_at(AnyWorker<S>& worker, std::uint64_t end) {
    worker.end_at(std::min(worker.lease().end, end));
  }
  /// A worker that was stopped has taken fewer steps than a cycle has. Its last commit, event i,
  /// says how many.
  void limit(Slot& slot, std::size_t i) const {
    if (!is_merge(i) || is_merge(next_step(i)) || events_[i].count == 0) return;
    const std::uint64_t ahead = std::min(static_cast<std::uint32_t>(slot.ahead), events_[i].count);
    end_at(*slot.worker, slot.worker->lease().begin + events_[i].count - ahead);
  }
  /// Takes the steps that overlap with the last commit, and adopts its reply.
  static void go_on(Slot& slot) {
    if (!std::exchange(slot.posted, false)) return;
    slot.ahead = slot.worker->run_ahead();
    slot.worker->set_workers(slot.workers);
    slot.worker->adopt(slot.reply);
  }
  Flow merge(Slot& slot, const Event& event, AnyCenter<S>& center) const {
    AnyWorker<S>& worker = *slot.worker;
    const bool commits = worker.advance().has_value();
    const CommitHeader& header = worker.header();
    const double loss = std::bit_cast<double>(event.second);
    if (!commits || static_cast<std::uint32_t>(header.steps) != event.count ||
        std::bit_cast<std::uint64_t>(header.loss_sum) != event.second)
      differ(event, center, commits ? header : CommitHeader{}, loss);
    slot.workers = center.workers();
    slot.posted = true;
    slot.ahead = 0;
    slot.reply.resize(center.parameters().size());
    return center.merge(header, worker.commit(), std::bit_cast<double>(event.first), slot.reply);
  }
  [[noreturn]] static void differ(const Event& event, const AnyCenter<S>& center,
                                  const CommitHeader& header, double loss) {
    TextStream text;
    text << "the replay differs from the recording in commit " << center.tally().merges + 1
         << ", of worker " << event.rank << ": it has " << header.steps << " steps with a loss of "
         << header.loss_sum << ", the recorded one " << event.count << " steps with " << loss
         << "; the program, its compiler or the processor differs";
    throw ReplayDiffers{text.str()};
  }

  std::span<const Event> events_;
  std::optional<std::uint32_t> final_;
  Topology topology_ = {};
  std::vector<std::uint64_t> numbers_ = {};  ///< Of the workers, in the order of their starts.
};

}  // namespace detail

/// Computes a recorded run again: on one core, in the order of the recording, with the same bits of
/// the center after every merge, and with any observers. Recorded losses are compared with those of
/// the replay, and so is the result; a difference throws ReplayDiffers. Program, settings and data
/// must be those of the recorded run. Another program, or another difference that is known, throws
/// std::invalid_argument. Compiler, its flags and the processor's instruction set must be the same,
/// too.
///
/// Merged::seconds is the time in the recorded run. Observers get no Span.
struct Replayed {
  Recording recording;

  static constexpr bool supports(Schedule schedule) noexcept {
    return schedule != Schedule::synchronous;
  }
  void validate() const {
    require(!recording.empty(), "Replayed::recording", "empty", "that of a run");
  }
  Topology topology() const { return whole_run(recording.workers()); }
  template <Real S>
  detail::Replay<S> meet(const RunPlan& plan, const Vector<S>& initial) const {
    return {recording, plan, initial};
  }
};

}  // namespace tributary::inline v0_1
