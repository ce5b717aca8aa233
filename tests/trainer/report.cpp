#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <tributary/transport/simulated.hpp>
#include <vector>

#include "support/problems.hpp"
#include "support/rules.hpp"

using namespace tributary;
using namespace tributary::test;

TEST_CASE("the report has the median and other quantiles of the staleness") {
  RunReport report;
  CHECK(report.staleness_below(0.5) == 0);  // no merge
  report.staleness = {60, 34, 0, 5};
  report.staleness.resize(388);
  report.staleness[387] = 1;  // 100 merges, the mean is 4.36
  CHECK(report.staleness_below(0) == 0);
  CHECK(report.staleness_below(0.5) == 0);
  CHECK(report.staleness_below(0.61) == 1);
  CHECK(report.staleness_below(0.94) == 1);
  CHECK(report.staleness_below(0.99) == 3);
  CHECK(report.staleness_below(1) == 387);
  CHECK_THROWS_WITH(static_cast<void>(report.staleness_below(99)),
                    "RunReport::staleness_below: share = 99, must be in [0, 1]");
}

namespace {
struct Log {
  std::vector<std::string> texts = {};
  void on(const Notice& notice) { texts.push_back(notice.text); }
};
}  // namespace

TEST_CASE("the report and a notice warn of more threads than cores") {
  const auto cores = static_cast<int>(std::thread::hardware_concurrency());
  const auto train = [](const auto& transport, Log& log) {
    return Trainer{LinearModel<float>{}, transport, Downpour{}, Sgd{.learning_rate = 1e-3}}
        .train(line<float>(2000), {}, log)
        .report;
  };
  Log few, many, simulated;
  const RunReport one = train(InProcess{}, few);
  CHECK(one.threads == 1);
  CHECK(one.cores == cores);
  CHECK(!one.more_threads_than_cores());
  CHECK(few.texts.empty());

  const RunReport crowded = train(InProcess{.workers = cores + 1}, many);
  CHECK(crowded.threads == cores + 1);
  CHECK(crowded.more_threads_than_cores() == (cores > 0));
  REQUIRE(many.texts.size() == (cores > 0 ? 1 : 0));
  if (cores > 0)
    CHECK(many.texts[0].starts_with(std::to_string(cores + 1) + " threads trained on " +
                                    std::to_string(cores) + " cores, in bursts"));

  CHECK(!train(Simulated{.workers = cores + 1}, simulated).more_threads_than_cores());
  CHECK(simulated.texts.empty());
}

namespace {
/// A transport that reports more threads than it has.
struct Talkative : InProcess {
  template <Real S>
  Delivery run(AnyCenter<S>& center, std::span<AnyWorker<S>* const> local,
               std::stop_token stop) const {
    InProcess::run(center, local, stop);
    return {1.5, 2, 3, 4, 5, 6, 7, {{{"eight", "9"}}}};
  }
};
}  // namespace

TEST_CASE("a report holds what its transport delivers, and the counts of the center") {
  const RunReport report =
      Trainer{LinearModel<float>{}, Talkative{}, Downpour{.period = 2}, Sgd{.learning_rate = 1e-3}}
          .train(line<float>(8), {.epochs = 3, .batch_size = 2})
          .report;
  CHECK(report.seconds == 1.5);
  CHECK(report.bytes == 2);
  CHECK(report.resent == 3);
  CHECK(report.lost == 4);
  CHECK(report.lost_commits == 5);
  CHECK(report.threads == 6);
  CHECK(report.lost_steps == 7);
  CHECK(report.fingerprint.fields.front().first == "eight");
  CHECK(report.steps == 12);
  CHECK(report.merges == 6);
  CHECK(report.events == 24);
}
