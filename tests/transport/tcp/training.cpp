#include <tributary/transport/tcp.hpp>

#include <doctest/doctest.h>

#include "support/problems.hpp"
#include "support/rules.hpp"
#include "transport/tcp/counter.hpp"

#include <tributary/rule/averaging.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/rule/easgd.hpp>
#include <tributary/rule/synchronous_sgd.hpp>
#include <tributary/trainer/trainer.hpp>

#include <atomic>
#include <optional>
#include <thread>
#include <utility>

using namespace tributary;
using namespace tributary::test;

namespace {
struct EventStoreLost {};
struct Failing : LinearModel<float> {
  int steps = 0;
  Loss loss_and_gradient(ConstView<float> at, const Batch& batch, View<float> gradient) {
    if (++steps == 5) throw EventStoreLost{};
    return LinearModel<float>::loss_and_gradient(at, batch, gradient);
  }
};
struct DiskFull {};
struct Disk {
  void on(const Merged<float>& merged) const {
    if (merged.version == 3) throw DiskFull{};
  }
};
}  // namespace

TEST_CASE("an exception in a worker or an observer ends a run over loopback, and keeps its type") {
  const BasicEvents<float> data = line<float>(300);
  const TrainOptions forever{.epochs = 1'000'000'000, .batch_size = 8};
  Disk disk;
  for (const int workers : {1, 3}) {
    CAPTURE(workers);
    const auto ends = [&](const auto& rule) {
      Tcp tcp = Tcp::local(workers);
      tcp.staged_bytes = 1;  // so that they wait for one another's memory, too
      CHECK_THROWS_AS((Trainer{Failing{}, tcp, rule, Sgd{}}.train(data, forever)), EventStoreLost);
      CHECK_THROWS_AS((Trainer{LinearModel<float>{}, tcp, rule, Sgd{}}.train(data, forever, disk)),
                      DiskFull);
    };
    ends(Averaging{.period = 2});
    ends(Easgd{.period = 2});
  }
}

TEST_CASE("a hub has memory for a fixed number of commits at once") {
  detail::Staging<float> staging{2};
  using Loan = detail::Staging<float>::Loan;
  Vector<float> first, second;
  std::optional<Loan> loan{std::in_place, staging, first};
  const Loan another{staging, second};
  first = Vector<float>{{1, 2, 3}};
  std::atomic<bool> given_back = false;
  std::jthread other{[&] {
    Vector<float> third;
    const Loan next{staging, third};
    CHECK(given_back);
    CHECK(third.size() == 3);  // its memory
  }};
  given_back = true;
  loan.reset();
}

TEST_CASE("a hub with memory for one commit serves many workers") {
  Tcp tcp = Tcp::local(4);
  tcp.staged_bytes = 1;
  const auto train = [&](const auto& rule) {
    const auto trained = Trainer{Counter{}, tcp, rule, Sgd{.learning_rate = 1}}.train(
        Rows{400}, {.batch_size = 1, .seed = Seed{1}});
    return trained.parameters()[0];
  };
  CHECK(train(Downpour{.period = 2}) == 400);
  CHECK(train(Averaging{.period = 2}) == 100);
}

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
