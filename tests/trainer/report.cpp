#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <tributary/transport/simulated.hpp>
#include <vector>

#include "support/problems.hpp"
#include "support/rules.hpp"

using namespace tributary;
using namespace tributary::test;

TEST_CASE("the report tells the median and other quantiles of staleness") {
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

TEST_CASE("the report and a notice say that there were more threads than cores") {
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
