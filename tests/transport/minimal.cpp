#include "transport/minimal.hpp"

#include <doctest/doctest.h>

#include <tributary/transport/in_process.hpp>
#include <tributary/transport/simulated.hpp>

using namespace tributary;
using namespace tributary::test;

TEST_CASE_TEMPLATE("a transport asks no more of workers and centers than their base classes have",
                   S, float, double) {
  const auto adds_up = [](const auto& transport, Schedule schedule) {
    MinimalCenter<S> center{schedule, 3};
    run_minimal<S>(transport, center, 3, 5);
    CHECK(center.parameters()[0] == 15);
    CHECK(center.tally().steps == 15);
    CHECK(center.tally().events == 30);
    CHECK(center.tally().merges == (schedule == Schedule::synchronous ? 5 : 15));
  };
  for (const Schedule schedule :
       {Schedule::synchronous, Schedule::asynchronous, Schedule::stale_synchronous}) {
    adds_up(InProcess{.workers = 3}, schedule);
    adds_up(Simulated{.workers = 3}, schedule);
  }
}
