#include <tributary/transport/tcp.hpp>

#include <doctest/doctest.h>

#include "support/problems.hpp"
#include "support/rules.hpp"

#include <tributary/rule/averaging.hpp>
#include <tributary/rule/synchronous_sgd.hpp>
#include <tributary/trainer/trainer.hpp>

using namespace tributary;
using namespace tributary::test;

TEST_CASE("a round over loopback gives the bits of a round of threads") {
  const BasicEvents<float> data = line<float>(961);
  const TrainOptions options{.epochs = 3, .batch_size = 8, .seed = Seed{42}};
  for (const int workers : {1, 2, 3}) {
    CAPTURE(workers);
    const auto same = [&](const auto& rule, const auto&... optimizer) {
      const auto threads =
          Trainer{LinearModel<float>{}, InProcess{.workers = workers}, rule, optimizer...}.train(
              data, options);
      const auto sockets =
          Trainer{LinearModel<float>{}, Tcp::local(workers), rule, optimizer...}.train(data,
                                                                                       options);
      CHECK(sockets.parameters() == threads.parameters());
      CHECK(sockets.report.merges == threads.report.merges);
      CHECK(sockets.report.events == threads.report.events);
      CHECK(sockets.report.bytes > 0);
    };
    same(Averaging{.period = 4}, Sgd{.learning_rate = 0.2});
    same(Averaging{.period = 4, .overlap = 2}, Sgd{.learning_rate = 0.2});
    same(SynchronousSgd{}, Nesterov{.learning_rate = 0.05});
  }
}
