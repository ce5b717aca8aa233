// What a run does when one of its observers returns Flow::stop, on every transport.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <future>
#include <memory>
#include <numeric>
#include <stop_token>
#include <string>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/trainer/trainer.hpp>

#include "support/moved_rows.hpp"
#include "support/one_of.hpp"
#include "support/summing.hpp"
#include "support/temporary_folder.hpp"
#include "transport/tcp/peers.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {

/// Counts the steps that are taken, in the center or not.
struct CountedMover : RowMover {
  std::shared_ptr<std::atomic<int>> steps = std::make_shared<std::atomic<int>>(0);

  Loss loss_and_gradient(ConstView<double> at, const Batch& batch, View<double> gradient) const {
    ++*steps;
    return RowMover::loss_and_gradient(at, batch, gradient);
  }
};

enum class Event { none, started, merged, span };

/// Ends the run at the event of this kind and number.
struct Ender {
  Event kind = Event::none;
  int number = 1;
  int started = 0, merged = 0, spans = 0, finished = 0;
  std::uint64_t events = 0;  ///< That it was told of.

  Flow flow(Event now, int count) const {
    return now == kind && count == number ? Flow::stop : Flow::proceed;
  }
  Flow on(const Started&) { return flow(Event::started, ++started); }
  Flow on(const Merged<double>& merge) {
    events = merge.events;
    return flow(Event::merged, ++merged);
  }
  Flow on(const Span&) { return flow(Event::span, ++spans); }
  void on(const Finished<double>&) { ++finished; }
};

template <class Try>
void on_each_transport(const Try& attempt) {
  const Tcp hub{.address = "127.0.0.1:0", .workers = 4, .local_workers = 4};
  for (const OneOf& transport : {OneOf{InProcess{.workers = 4}}, OneOf{Simulated<>{.workers = 4}},
                                 OneOf{Tcp::local(4)}, OneOf{hub}}) {
    CAPTURE(transport.chosen.index());
    for (const int overlap : {0, 3}) {  // 3: every step is taken while a commit is in flight
      CAPTURE(overlap);
      const int period = overlap == 0 ? 1 : overlap;
      attempt(transport, Summing<Schedule::synchronous>{period, overlap});
      attempt(transport, Summing<Schedule::asynchronous>{period, overlap});
      attempt(transport, Summing<Schedule::stale_synchronous>{period, overlap});
    }
  }
}

struct EndedAtStart {
  Flow on(const Started&) const { return Flow::stop; }
};

/// In a thread of its own: what train() returns.
std::future<Outcome> begin(const auto& tcp, auto observer, const std::stop_token& stop = {}) {
  return std::async(std::launch::async, [=]() mutable -> Outcome {
    const auto trained = Trainer{
        RowMover{30}, tcp, Summing<Schedule::asynchronous>{},
        Sgd{.learning_rate =
                1}}.train(NumberedRows{30}, {.batch_size = 1, .stop = stop}, observer);
    return {trained.parameters().template cast<float>(), trained.report};
  });
}
KnownTcp hub_of_two() {
  return {{.role = Tcp::hub, .address = "127.0.0.1:0", .workers = 2, .join_seconds = 10'000}};
}

}  // namespace

TEST_CASE("a run that an observer ends at its start takes no step, and returns its start") {
  on_each_transport([](const OneOf& transport, const auto& rule) {
    CountedMover model{{.rows = 400}};
    Ender ender{.kind = Event::started};
    const auto trained = Trainer{model, transport, rule, Sgd{.learning_rate = 1}}.train(
        NumberedRows{400}, {.batch_size = 10}, ender);
    CHECK(*model.steps == 0);
    CHECK(trained.parameters() == Vector<double>::Zero(400));
    CHECK(trained.report.merges == 0);
    CHECK(trained.report.steps == 0);
    CHECK(trained.report.events == 0);
    CHECK(ender.started == 1);
    CHECK(ender.merged == 0);
    CHECK(ender.finished == 1);
  });
}

TEST_CASE("the report counts all commits in the result, whenever an observer ends the run") {
  static constexpr std::size_t rows = 20'000;
  static constexpr int batch = 50;
  on_each_transport([](const OneOf& transport, const auto& rule) {
    for (const Event kind : {Event::merged, Event::span}) {
      for (const int number : {1, 2, 5, 20}) {
        CAPTURE(number);
        CountedMover model{{.rows = rows}};
        Ender ender{.kind = kind, .number = number};
        const auto trained = Trainer{model, transport, rule, Sgd{.learning_rate = 1}}.train(
            NumberedRows{rows}, {.batch_size = batch, .seed = Seed{3}}, ender);
        const RunReport& report = trained.report;
        const auto moved = static_cast<std::uint64_t>(trained.parameters().sum());
        CHECK(report.events == moved);
        CHECK(report.steps * batch == moved);
        CHECK(report.steps <= static_cast<std::uint64_t>(*model.steps));
        CHECK(moved < rows);
        const auto& ages = report.staleness;
        CHECK(std::accumulate(ages.begin(), ages.end(), std::uint64_t{0}) == report.merges);
        CHECK(ender.events <= report.events);
        if (kind == Event::merged) CHECK(ender.merged == number);  // none is told of after a stop
        CHECK(ender.finished == 1);
      }
    }
  });
}

TEST_CASE("a stop ends a run, whether or not a commit is always in flight") {
  on_each_transport([](const OneOf& transport, const auto& rule) {
    struct Stopper {
      std::stop_source stop = {};
      std::uint64_t merges = 0, without_steps = 0, steps = 0;
      void on(const Merged<double>& merge) {
        if (++merges == 20) stop.request_stop();
        without_steps += merge.events == steps;
        steps = merge.events;
      }
    } stopper;
    const auto trained = Trainer{RowMover{20'000}, transport, rule, Sgd{.learning_rate = 1}}.train(
        NumberedRows{20'000}, {.batch_size = 1, .stop = stopper.stop.get_token()}, stopper);
    CHECK(trained.report.merges < 10'000);
    CHECK(stopper.without_steps <= 2 * 4);  // the first of each worker, and the last at most
    CHECK(trained.report.events == static_cast<std::uint64_t>(trained.parameters().sum()));
    CHECK(trained.report.lost == 0);
  });
}

TEST_CASE(
    "a hub that an observer has ended, started again, still counts all commits in its result") {
  const TemporaryFolder folder;
  Tcp tcp = Tcp::local(4);
  tcp.checkpoint = folder.path / "checkpoint";
  const auto train = [&](Ender ender) {
    return Trainer{RowMover{20'000}, OneOf{tcp}, Summing<Schedule::asynchronous>{},
                   Sgd{.learning_rate = 1}}
        .train(NumberedRows{20'000}, {.batch_size = 50, .seed = Seed{3}}, ender);
  };
  const auto first = train({.kind = Event::merged, .number = 20});
  const auto again = train({});
  CHECK(first.parameters() == again.parameters());
  for (const RunReport& report : {first.report, again.report}) {
    CHECK(report.events == static_cast<std::uint64_t>(first.parameters().sum()));
    CHECK(report.merges == first.report.merges);
  }
}

TEST_CASE("the workers of a hub that an observer ends at its start end, too") {
  const KnownTcp known = hub_of_two();
  auto met = known.told->address.get_future();
  auto hub = begin(known, EndedAtStart{});
  const Tcp worker{.role = Tcp::worker, .address = result_of(met)};
  auto first = begin(worker, Ender{}), second = begin(worker, Ender{});
  CHECK(result_of(first).parameters == Vector<float>::Zero(30));
  CHECK(result_of(second).parameters == Vector<float>::Zero(30));
  const Outcome outcome = result_of(hub);
  CHECK(outcome.parameters == Vector<float>::Zero(30));
  CHECK(outcome.report.steps == 0);
  CHECK(outcome.report.lost == 0);
}

TEST_CASE("a hub that an observer has ended at its start hears a stop while it waits for workers") {
  const KnownTcp known = hub_of_two();
  std::stop_source stop;
  auto met = known.told->address.get_future();
  auto hub = begin(known, EndedAtStart{}, stop.get_token());
  result_of(met);
  stop.request_stop();
  CHECK(result_of(hub).report.steps == 0);
}

TEST_CASE("a hub that an observer has ended at its start, started again, is still at its end") {
  const TemporaryFolder folder;
  Tcp tcp = Tcp::local(2);
  tcp.checkpoint = folder.path / "checkpoint";
  auto first = begin(tcp, EndedAtStart{});
  CHECK(result_of(first).report.steps == 0);
  auto again = begin(tcp, Ender{});
  const Outcome outcome = result_of(again);
  CHECK(outcome.parameters == Vector<float>::Zero(30));
  CHECK(outcome.report.steps == 0);
}
