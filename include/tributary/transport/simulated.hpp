#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <queue>
#include <span>
#include <stop_token>
#include <tributary/core/random.hpp>
#include <tributary/core/require.hpp>
#include <tributary/transport/hub.hpp>
#include <tributary/transport/step_time.hpp>
#include <tributary/transport/transport.hpp>
#include <utility>
#include <vector>

namespace tributary {

/// The way between a worker and the center. A message takes latency + bytes / bandwidth seconds,
/// each way; the links do not disturb each other.
struct Link {
  double latency_seconds = 0;
  double bytes_per_second = std::numeric_limits<double>::infinity();

  double seconds(std::uint64_t bytes) const {
    return latency_seconds + static_cast<double>(bytes) / bytes_per_second;
  }
  void validate() const {
    require(latency_seconds >= 0, "Link::latency_seconds", latency_seconds, "at least 0");
    require(bytes_per_second > 0, "Link::bytes_per_second", bytes_per_second, "positive");
  }
};

/// A deterministic discrete-event run on one thread: real gradients, virtual time. The same seed
/// gives the same bits and the same order of events, also for asynchronous rules, so an
/// asynchronous run can be repeated, and a cluster tried before there is one:
///
///   Simulated{.workers = 64, .step_time = ExponentialStep{.mean_seconds = 1e-3},
///             .link = {.latency_seconds = 1e-4, .bytes_per_second = 1e9}, .seed = Seed{1}}
///
/// All seconds, of events and reports, are virtual. The center takes no time.
template <StepTime P = FixedStep>
struct Simulated {
  int workers = 1;
  P step_time = {};
  Link link = {};
  Seed seed = {};  ///< Of the step times; the run's own is in TrainOptions.

  static constexpr bool supports(Schedule) noexcept { return true; }
  void validate() const {
    require(workers >= 1, "Simulated::workers", workers, "at least 1");
    link.validate();
    step_time.validate(workers);
  }
  Topology topology() const { return whole_run(workers); }

  template <CenterLike C, WorkerLike W>
  Delivery run(C& center, std::span<W> local, std::stop_token stop) const {
    using S = typename C::Scalar;
    const Vector<S> initial = center.parameters();
    const std::uint64_t bytes = sizeof(S) * static_cast<std::uint64_t>(initial.size());
    const double message_seconds = link.seconds(bytes);
    Hub<C> hub{center, workers};
    Delivery delivery;

    struct Clock {
      Rng rng;
      double ahead_until = 0;  ///< When the steps beside the commit in flight are done.
      bool over = false;       ///< The next arrival is a farewell.
    };
    std::vector<Clock> clocks;
    for (int rank = 0; rank < workers; ++rank)
      clocks.push_back({seed.derive(Stream::simulation, rank).rng()});
    using Arrival = std::pair<double, int>;  // at the center; ties go to the lower rank
    std::priority_queue<Arrival, std::vector<Arrival>, std::greater<>> arrivals;

    const auto depart = [&](int rank, double now) {
      W& worker = local[static_cast<std::size_t>(rank)];
      Clock& clock = clocks[static_cast<std::size_t>(rank)];
      const auto after = [&](int steps, double time) {
        for (int i = 0; i < steps; ++i) time += step_time(rank, clock.rng);
        return time;
      };
      const std::optional<int> steps = worker.advance();
      clock.over = !steps;
      const double posted = after(steps.value_or(0), now);
      arrivals.emplace(posted + message_seconds, rank);
      if (steps) clock.ahead_until = after(worker.run_ahead(), posted);
    };
    const auto go_on = [&](int rank, double now) {
      if (!hub.answered(rank) || hub.flow() == Flow::stop) return;
      local[static_cast<std::size_t>(rank)].adopt(hub.take(rank));
      const double ready = clocks[static_cast<std::size_t>(rank)].ahead_until;
      depart(rank, std::max(now + message_seconds, ready));
    };
    for (W& worker : local) {
      worker.start(initial, stop);
      depart(worker.rank(), 0);
    }
    while (!arrivals.empty() && hub.flow() == Flow::proceed) {
      const auto [now, rank] = arrivals.top();
      arrivals.pop();
      const bool over = clocks[static_cast<std::size_t>(rank)].over;
      if (over) {
        hub.leave(rank, now);
      } else {
        const W& worker = local[static_cast<std::size_t>(rank)];
        hub.post(worker.header(), worker.commit(), now);
        delivery.seconds = now;
        delivery.bytes += 2 * bytes;  // the commit and its reply
      }
      if constexpr (C::schedule == Schedule::asynchronous) {
        go_on(rank, now);
      } else if (over || hub.answered(rank)) {  // whoever closes a round sets all its workers free
        for (int each = 0; each < workers; ++each) go_on(each, now);
      }
    }
    hub.finish();
    return delivery;
  }
};
static_assert(Transport<Simulated<>, float> && Transport<Simulated<ExponentialStep>, double>);

}  // namespace tributary
