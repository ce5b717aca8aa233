#include <tributary/observe/timeline.hpp>

#include <doctest/doctest.h>

#include <string>
#include <tributary/observe/json.hpp>
#include <tributary/rule/dynsgd.hpp>
#include <tributary/transport/in_process.hpp>
#include <tributary/transport/simulated.hpp>
#include <vector>

#include "support/problems.hpp"
#include "support/rules.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {
/// One line for each event: name, process.row, begin and end.
std::vector<std::string> lines(const nlohmann::json& trace) {
  std::vector<std::string> all;
  for (const auto& event : trace["traceEvents"]) {
    if (event["ph"] == "M") continue;
    const double begin = event["ts"], length = event.value("dur", 0.0);
    all.push_back(event["name"].get<std::string>() + " " + event["pid"].dump() + "." +
                  event["tid"].dump() + " " + std::to_string(std::lround(begin * 1e-6)) + "-" +
                  std::to_string(std::lround((begin + length) * 1e-6)));
  }
  return all;
}
}  // namespace

TEST_CASE("the trace of a simulated run shows each worker's computing, waiting and transfers") {
  Timeline timeline;
  Trainer{LinearModel<float>{},
          Simulated{.workers = 2,
                    .step_time = PerRankStep{{2, 3}},
                    .link = {.latency_seconds = 10},
                    .merge_seconds = 4,
                    .presence = {{.rank = 1, .until_seconds = 40}}},
          Downpour{.period = 2}, Sgd{}}
      .train(line<float>(6), {.batch_size = 1}, timeline);
  CHECK(lines(nlohmann::json::parse(chrome_trace(timeline).dump())) ==
        std::vector<std::string>{"compute 2.0 0-4", "compute 2.1 0-6",                         //
                                 "merge 1.0 14-18", "in flight 3.0 4-28", "waiting 2.0 4-28",  //
                                 "merge 1.1 18-22", "in flight 3.1 6-32", "waiting 2.1 6-32",  //
                                 "compute 2.0 28-30", "compute 2.1 32-35",                     //
                                 "lost 2.1 40-40",                                             //
                                 "merge 1.0 40-44", "in flight 3.0 30-54", "waiting 2.0 30-54"});
}

TEST_CASE("a real run has the same timeline: every worker computes or waits") {
  Timeline timeline;
  const auto trained = Trainer{
      LinearModel<float>{}, InProcess{.workers = 3}, Downpour{.period = 4, .overlap = 1},
      Sgd{.learning_rate =
              0.01}}.train(line<float>(1200), {.batch_size = 1}, timeline);
  double computing = 0, waiting = 0;
  std::vector<double> until(3, 0), merged_until(3, 0);
  std::vector<int> steps(3, 0), exchanges(3, 0);
  for (const Span& span : timeline.spans) {
    const auto worker = static_cast<std::size_t>(span.worker);
    CHECK(span.begin_seconds <= span.end_seconds);
    CHECK(span.end_seconds <= trained.report.seconds);
    if (span.activity == Activity::merge) {
      CHECK(span.begin_seconds >= merged_until[worker]);
      merged_until[worker] = span.end_seconds;
    } else if (span.activity == Activity::in_flight) {
      ++exchanges[worker];
    } else {
      CHECK(span.begin_seconds >= until[worker]);
      until[worker] = span.end_seconds;
      steps[worker] += span.steps;
      (span.activity == Activity::compute ? computing : waiting) += span.seconds();
    }
  }
  CHECK(steps == std::vector{400, 400, 400});
  CHECK(exchanges == std::vector{100, 100, 100});
  CHECK(trained.report.waiting_share == doctest::Approx(waiting / (computing + waiting)));
}

TEST_CASE("a cluster is simulated with the step times of a real run") {
  Timeline timeline;
  Trainer{LinearModel<float>{}, InProcess{}, Downpour{.period = 4}, Sgd{.learning_rate = 0.01}}
      .train(line<float>(400), {.batch_size = 1}, timeline);
  const TraceStep measured = TraceStep::of(timeline);
  REQUIRE(measured.seconds.size() == 400);
  const auto report = Trainer{LinearModel<float>{}, Simulated{.workers = 10, .step_time = measured},
                              DynSgd{.period = 4}, Sgd{.learning_rate = 0.01}}
                          .train(line<float>(4000), {.batch_size = 1})
                          .report;
  CHECK(report.waiting_share == 0);
  const auto [low, high] = std::ranges::minmax(measured.seconds);
  CHECK(report.seconds >= 400 * low);
  CHECK(report.seconds <= 400 * high);
}

TEST_CASE("an exception or a stop from an observer of spans ends the run") {
  struct Full {
    int left = 20;
    void on(const Span&) {
      if (--left == 0) throw std::runtime_error{"disk full"};
    }
  };
  struct Enough {
    int left = 20;
    Flow on(const Span&) { return --left > 0 ? Flow::proceed : Flow::stop; }
  };
  const auto ends = [](const auto& transport) {
    const Trainer trainer{LinearModel<float>{}, transport, Downpour{}, Sgd{.learning_rate = 0.01}};
    Full full;
    CHECK_THROWS_WITH(trainer.train(line<float>(3000), {.batch_size = 1}, full), "disk full");
    Enough enough;
    const auto trained = trainer.train(line<float>(3000), {.batch_size = 1}, enough);
    CHECK(trained.report.events < 3000);
  };
  ends(InProcess{.workers = 2});
  ends(Simulated{.workers = 2});
}
