// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <locale>
#include <optional>
#include <queue>
#include <span>
#include <sstream>
#include <stop_token>
#include <string>
#include <tributary/center/any_center.hpp>
#include <tributary/core/file.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/random.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/result.hpp>
#include <tributary/core/serialize.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/lease.hpp>
#include <tributary/observe/observer.hpp>
#include <tributary/rule/commit.hpp>
#include <tributary/transport/detail/checkpoints.hpp>
#include <tributary/transport/detail/flush_denormals.hpp>
#include <tributary/transport/simulated/link.hpp>
#include <tributary/transport/simulated/serial_center.hpp>
#include <tributary/transport/simulated/step_time.hpp>
#include <tributary/transport/transport.hpp>
#include <tributary/worker/any_worker.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

/// The time for which a worker is present, in virtual seconds; for a worker that joins late or
/// dies. It starts from the center's parameters at that moment. When it dies, the steps that have
/// not reached the center are lost, and the center knows at once. No other worker has its rows, so
/// its remaining steps are not taken: see RunReport::lost_steps. Observers get a Notice.
struct Presence {
  int rank = 0;
  double from_seconds = 0;
  double until_seconds = std::numeric_limits<double>::infinity();
};

/// A deterministic discrete-event run on one thread: real gradients, virtual time. The same seed
/// gives the same bits and the same order of events, also for asynchronous rules. So you can repeat
/// an asynchronous run, and simulate a cluster that you do not have:
///
///   Simulated{.workers = 64, .step_time = ExponentialStep{.mean_seconds = 1e-3},
///             .link = {.latency_seconds = 1e-4, .bytes_per_second = 1e9}, .seed = Seed{1}}
///
/// All times in events and reports are virtual. The whole run is under FlushDenormals.
template <StepTime P = FixedStep>
struct Simulated {
  int workers = 1;
  P step_time = {};
  Link link = {};
  Seed seed = {};            ///< For times and lost messages; TrainOptions has the seed of the run.
  double merge_seconds = 0;  ///< The center's time for one commit; it merges one after the other.
  std::vector<Presence> presence = {};  ///< For workers that are not present all the time.

  /// TrainOptions::time_limit is in virtual seconds, see AnyCenter::pass_time().
  static constexpr bool has_virtual_time = true;
  static constexpr bool supports(Schedule) noexcept { return true; }
  /// Throws std::invalid_argument naming the field.
  void validate() const {
    require(workers >= 1, "Simulated::workers", workers, "at least 1");
    require(merge_seconds >= 0, "Simulated::merge_seconds", merge_seconds, "at least 0");
    link.validate();
    step_time.validate(workers);
    for (const Presence& p : presence) {
      require(p.rank >= 0 && p.rank < workers, "Presence::rank", p.rank, "the rank of a worker");
      require(p.from_seconds >= 0, "Presence::from_seconds", p.from_seconds, "at least 0");
      require(std::ranges::count(presence, p.rank, &Presence::rank) == 1, "Presence::rank", p.rank,
              "listed only once");
      require(p.until_seconds > p.from_seconds, "Presence::until_seconds", p.until_seconds,
              "after from_seconds");
    }
  }
  Topology topology() const { return whole_run(workers); }

  /// `checkpoints` may be null.
  template <Real S>
  Delivery run(AnyCenter<S>& center, std::span<AnyWorker<S>* const> local, std::stop_token stop,
               detail::Checkpoints<S>* checkpoints = nullptr) const {
    return Run<S>{*this, center, local, stop, checkpoints}();
  }

 private:
  template <class S>
  class Run;
};

/// The queue has one event for each worker, and possibly the worker's death.
template <StepTime P>
template <class S>
class Simulated<P>::Run {
 public:
  Run(const Simulated& settings, AnyCenter<S>& center, std::span<AnyWorker<S>* const> local,
      std::stop_token stop, detail::Checkpoints<S>* checkpoints)
      : settings_{settings},
        center_{center},
        local_{local},
        checkpoints_{checkpoints},
        stop_{checkpoints ? std::stop_token{} : std::move(stop)},  // it ends with a checkpoint
        bytes_{sizeof(S) * static_cast<std::uint64_t>(center.parameters().size())},
        serial_{center, settings.workers},
        link_rng_{settings.seed.derive(Stream::simulation, settings.workers).rng()} {
    slots_.reserve(local.size());
    std::vector<double> from(local.size(), 0);
    for (const Presence& p : settings.presence) {
      from[static_cast<std::size_t>(p.rank)] = p.from_seconds;
      if (is_finite(p.until_seconds)) events_.push({p.until_seconds, p.rank, Kind::death});
    }
    for (int rank = 0; rank < settings.workers; ++rank) {
      slots_.push_back({.rng = settings.seed.derive(Stream::simulation, rank).rng()});
      const double begin = from[static_cast<std::size_t>(rank)];
      if (begin > 0) {
        serial_.count(-1);
        serial_.leave(rank, 0);
      }
      events_.push({begin, rank, Kind::begin});
    }
  }

  Delivery operator()() {
    const FlushDenormals guard;
    if (checkpoints_) begin_checkpoints();
    bool saved = false;
    while (!events_.empty() && serial_.flow() == Flow::proceed && !saved) {
      center_.pass_time(events_.top().seconds);
      if (checkpoints_ && checkpoints_->due()) {
        save();
        saved = checkpoints_->stops();
        continue;
      }
      const Event event = events_.top();
      events_.pop();
      if (!slot(event.rank).gone) handle(event);
      if (checkpoints_) checkpoints_->merged(serial_.merges());
    }
    if (checkpoints_ && !saved && !serial_.failed()) save();
    serial_.finish();
    if (checkpoints_) checkpoints_->finish();
    return delivery_;
  }

 private:
  /// A worker's next event. At equal times, deaths come first.
  enum class Kind { death, begin, post, arrival, merge, reply };
  struct Event {
    double seconds;
    int rank;  ///< At equal times and kinds, the lower rank is first.
    Kind kind;
    auto operator<=>(const Event&) const = default;
  };
  struct Slot {
    Rng rng;                   ///< For its step times.
    double since = 0;          ///< Start of its last activity.
    double posted = 0;         ///< Time at which its last commit was ready to be sent.
    double ahead_until = 0;    ///< End of the steps taken while the commit is in flight.
    int steps = 0;             ///< Steps before the commit.
    int ahead = 0;             ///< Steps while it is in flight.
    std::uint64_t merged = 0;  ///< Steps that are in the center.
    bool over = false;         ///< All its steps are taken.
    bool gone = false;
    Vector<S> reply = {};
  };

  // Checkpoints have the state between two events.

  void begin_checkpoints() {
    if (checkpoints_->resumes()) {
      std::span<const std::byte> from = checkpoints_->of_transport();
      if (!restore(from) || !from.empty())
        throw FileError{"the checkpoint does not fit the simulation"};
      for (AnyWorker<S>* const worker : local_) {
        if (worker->has_begun()) worker->go_on(stop_);
      }
      for (int rank = 0; rank < settings_.workers; ++rank) extend(rank);
    }
    checkpoints_->start();
  }
  /// The run has more epochs now than when the worker had taken all its steps.
  void extend(int rank) {
    Slot& s = slot(rank);
    const Lease& lease = worker(rank).lease();
    if (!s.over || lease.begin == lease.end) return;
    s.over = s.gone = false;
    auto events = std::exchange(events_, {});
    for (; !events.empty(); events.pop()) {
      if (events.top().rank != rank) events_.push(events.top());
    }
    serial_.go_on(rank);
    const double now = std::max(s.since, delivery_.seconds);
    const auto own = std::ranges::find(settings_.presence, rank, &Presence::rank);
    if (own != settings_.presence.end() && is_finite(own->until_seconds))
      events_.push({std::max(own->until_seconds, now), rank, Kind::death});
    compute(rank, now);
  }
  void save() {
    std::vector<std::byte> own;
    serial_.save(own);
    save_rng(own, link_rng_);
    for (const Slot& s : slots_) {
      save_rng(own, s.rng);
      save_state(own, s.since, s.posted, s.ahead_until, s.steps, s.ahead, s.merged, s.over, s.gone,
                 s.reply);
    }
    auto events = events_;
    save_state(own, std::uint64_t{events.size()});
    for (; !events.empty(); events.pop())
      save_state(own, events.top().seconds, events.top().rank, events.top().kind);
    save_state(own, up_free_at_, down_free_at_, center_free_at_, delivery_.seconds, delivery_.bytes,
               delivery_.resent, delivery_.lost, delivery_.lost_steps);
    std::vector<std::vector<std::byte>> of_workers;
    for (const AnyWorker<S>* const worker : local_)
      of_workers.push_back(detail::Checkpoints<S>::state_of(*worker, true));
    const std::string problem =
        checkpoints_->take(std::move(own), of_workers, serial_.flow() == Flow::stop);
    if (!problem.empty()) serial_.record(Notice{problem, delivery_.seconds});
  }
  bool restore(std::span<const std::byte>& from) {
    const auto right = [&](auto&... values) { return bool{restore_resized(from, values...)}; };
    if (!serial_.restore(from) || !restore_rng(from, link_rng_)) return false;
    for (Slot& s : slots_) {
      if (!restore_rng(from, s.rng) || !right(s.since, s.posted, s.ahead_until, s.steps, s.ahead,
                                              s.merged, s.over, s.gone, s.reply))
        return false;
    }
    std::uint64_t count = 0;
    if (!right(count)) return false;
    events_ = {};
    for (; count > 0; --count) {
      Event event{};
      if (!right(event.seconds, event.rank, event.kind) || event.rank < 0 ||
          event.rank >= settings_.workers || event.kind < Kind::death || event.kind > Kind::reply)
        return false;
      events_.push(event);
    }
    return right(up_free_at_, down_free_at_, center_free_at_, delivery_.seconds, delivery_.bytes,
                 delivery_.resent, delivery_.lost, delivery_.lost_steps);
  }
  static void save_rng(std::vector<std::byte>& to, const Rng& rng) {
    std::ostringstream text;
    text.imbue(std::locale::classic());
    text << rng;
    save_state(to, text.str());
  }
  static bool restore_rng(std::span<const std::byte>& from, Rng& rng) {
    std::string state;
    if (!restore_resized(from, state)) return false;
    std::istringstream text{state};
    text.imbue(std::locale::classic());
    return bool{text >> rng};
  }

  Slot& slot(int rank) { return slots_[static_cast<std::size_t>(rank)]; }
  AnyWorker<S>& worker(int rank) { return *local_[static_cast<std::size_t>(rank)]; }
  bool is(Schedule schedule) const noexcept { return serial_.schedule() == schedule; }

  void handle(const Event& event) {
    const auto [now, rank, kind] = event;
    switch (kind) {
      case Kind::death:
        return die(rank, now);
      case Kind::begin:
        if (now > 0) serial_.count(1);
        worker(rank).start(serial_.join(rank), stop_);
        return compute(rank, now);
      case Kind::post:
        return post(event);
      case Kind::arrival:
        center_free_at_ = std::max(now, center_free_at_) + settings_.merge_seconds;
        events_.push({center_free_at_, rank, Kind::merge});
        return;
      case Kind::merge:
        return merge(rank, now);
      case Kind::reply:
        return reply(event);
    }
  }

  /// All steps of a cycle, until its commit is sent.
  void compute(int rank, double now) {
    Slot& s = slot(rank);
    const auto after = [&](int steps, double time) {
      for (int i = 0; i < steps; ++i) time += settings_.step_time(rank, s.rng);
      return time;
    };
    const std::optional<int> steps = worker(rank).advance();
    s.over = !steps;
    s.since = now;
    s.steps = steps.value_or(0);
    s.posted = after(s.steps, now);
    s.ahead = s.over ? 0 : worker(rank).run_ahead();
    s.ahead_until = after(s.ahead, s.posted);
    events_.push({s.posted, rank, Kind::post});
  }
  void post(const Event& event) {
    const auto [now, rank, kind] = event;
    Slot& s = slot(rank);
    if (s.over) {
      s.gone = true;
      serial_.leave(rank, now);
      return answer_all(now);
    }
    if (now == s.posted) record(Activity::compute, rank, s.since, now, s.steps);  // not when resent
    if (const auto arrival = send(event, up_free_at_))
      events_.push({*arrival, rank, Kind::arrival});
  }
  void merge(int rank, double now) {
    record(Activity::merge, rank, now - settings_.merge_seconds, now);
    serial_.post(worker(rank).header(), worker(rank).commit(), now);
    delivery_.seconds = now;
    if (!is(Schedule::synchronous)) count(rank);
    if (is(Schedule::asynchronous)) {
      answer(rank, now);
    } else {
      answer_all(now);
    }
  }
  void answer_all(double now) {
    if (is(Schedule::asynchronous)) return;
    for (int rank = 0; rank < settings_.workers; ++rank) answer(rank, now);
  }
  /// The worker adopts the reply immediately, but does nothing until the reply's virtual arrival.
  void answer(int rank, double now) {
    if (!serial_.answered(rank) || serial_.flow() == Flow::stop) return;
    if (is(Schedule::synchronous)) count(rank);  // the round is complete
    serial_.take(rank, slot(rank).reply);
    worker(rank).set_workers(serial_.workers(rank));
    worker(rank).adopt(slot(rank).reply);
    events_.push({now, rank, Kind::reply});
  }
  void count(int rank) {
    slot(rank).merged += static_cast<std::uint64_t>(worker(rank).header().steps);
  }
  void reply(const Event& event) {
    const std::optional<double> arrival = send(event, down_free_at_);
    if (!arrival) return;
    const Slot& s = slot(event.rank);
    record(Activity::in_flight, event.rank, s.posted, *arrival);
    if (s.ahead > 0) record(Activity::compute, event.rank, s.posted, s.ahead_until, s.ahead);
    if (*arrival > s.ahead_until) record(Activity::waiting, event.rank, s.ahead_until, *arrival);
    compute(event.rank, std::max(*arrival, s.ahead_until));
  }
  void die(int rank, double now) {
    Slot& s = slot(rank);
    s.gone = true;
    s.over = false;
    ++delivery_.lost;
    if (now < s.posted) record(Activity::compute, rank, s.since, now);
    record(Activity::lost, rank, now, now);
    serial_.count(-1);
    serial_.leave(rank, now);
    answer_all(now);
    std::string text = "worker " + std::to_string(rank) + " is lost";
    const std::uint64_t due = worker(rank).lease().end;
    if (s.merged < due) {
      delivery_.lost_steps += due - s.merged;
      text += " with its rows: steps " + std::to_string(s.merged) + " to " + std::to_string(due) +
              " on them are not taken";
    }
    serial_.record(Notice{text, now});
  }

  /// Returns the arrival time of the message that this event sends. If the message is lost, the
  /// event is queued again.
  std::optional<double> send(const Event& event, double& free_at) {
    const Link& way = settings_.link;
    delivery_.bytes += bytes_;
    const double sent = way.sent(event.seconds, bytes_, free_at);
    if (way.loss > 0 && uniform(link_rng_) < way.loss) {
      const double again = sent + way.resend_seconds;
      ++delivery_.resent;
      record(Activity::lost, event.rank, event.seconds, again);
      events_.push({again, event.rank, event.kind});
      return std::nullopt;
    }
    const double jitter = way.jitter_seconds > 0 ? way.jitter_seconds * exponential(link_rng_) : 0;
    return sent + way.latency_seconds + jitter;
  }
  void record(Activity activity, int rank, double begin, double end, int steps = 0) {
    serial_.record(Span{activity, rank, begin, end, steps});
  }

  const Simulated& settings_;
  AnyCenter<S>& center_;
  std::span<AnyWorker<S>* const> local_;
  detail::Checkpoints<S>* checkpoints_;  ///< May be null.
  std::stop_token stop_;
  std::uint64_t bytes_;  ///< Size of a message.
  detail::SerialCenter<S> serial_;
  Rng link_rng_;
  std::vector<Slot> slots_;  ///< One per rank.
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  double up_free_at_ = 0, down_free_at_ = 0;  ///< For a shared link, towards the center and back.
  double center_free_at_ = 0;
  Delivery delivery_;
};

}  // namespace tributary::inline v0_1
