// Workers without a lease, while others go on. All that guests say is the test's.

#include "transport/tcp/counter.hpp"
#include "transport/tcp/guest.hpp"
#include "transport/tcp/peers.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <tributary/core/random.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/model/model.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/trainer/trainer.hpp>
#include <utility>
#include <vector>

using namespace tributary;
using namespace tributary::test;

namespace {

constexpr Index numbers = 3;

/// Every step doubles the parameters, which begin at 1: its progress tells where it began.
struct Doubler {
  using Scalar = float;
  using Batch = std::size_t;

  Index parameter_count() const { return numbers; }
  void initialize(View<float> out, Rng&) const { out.setOnes(); }
  Loss loss_and_gradient(ConstView<float> at, std::size_t, View<float> gradient) const {
    gradient = -at;
    return 0;
  }
};

template <class M, class Rule>
Train train(const M& model, const Rule& rule, std::size_t steps) {
  return [=](const KnownTcp& tcp, Log& log) -> Outcome {
    const TrainOptions options{.epochs = 1, .batch_size = 1, .seed = Seed{1}};
    const auto trained =
        Trainer{model, tcp, rule, Sgd{.learning_rate = 1}}.train(Rows{steps}, options, log);
    return {trained.parameters(), trained.report};
  };
}
Running start_hub(const Train& train, int workers, int local_workers = 0) {
  return {{.role = Tcp::hub,
           .address = "127.0.0.1:0",
           .workers = workers,
           .local_workers = local_workers,
           .join_seconds = 1000,
           .rejoin_seconds = 0.1},
          train};
}

}  // namespace

TEST_CASE("a worker that has waited for a lease begins at the center's parameters") {
  const Train doubling = train(Doubler{}, Downpour{.period = 1}, 6);
  for (const bool in_hub : {false, true}) {
    CAPTURE(in_hub);
    Running hub = start_hub(doubling, 2, in_hub ? 1 : 0);
    std::optional<Guest> guest{std::in_place, hub, 1, numbers};
    std::optional<Running> worker;
    if (!in_hub)
      worker.emplace(Tcp{.role = Tcp::worker, .address = hub.address(), .rank = 0}, doubling);
    REQUIRE(holds_soon([&] { return hub.log().commits(0) == 3; }));
    guest->commit(1000, 1);
    CHECK(guest->reply() == 1008);
    guest.reset();  // two of its three steps are left
    const Outcome outcome = hub.result();
    CHECK((outcome.parameters.array() == 4 * 1008.0f).all());
    CHECK(outcome.report.events == 6);
    if (worker) CHECK(worker->result().parameters == outcome.parameters);
  }
}

TEST_CASE("a worker without a lease gets the reply of its round again, not of a later one") {
  Running hub = start_hub(train(Counter{.parameters = numbers}, Averaging{.period = 1}, 12), 3);
  std::vector<std::unique_ptr<Guest>> guests;  // with four steps each
  for (int rank = 0; rank < 3; ++rank)
    guests.push_back(std::make_unique<Guest>(hub, rank, numbers));
  const auto finish_round = [&](float number) {
    for (auto& guest : guests) guest->commit(number, 1);
    for (auto& guest : guests) CHECK(guest->reply() == number);
  };
  finish_round(10);
  guests.pop_back();
  REQUIRE(holds_soon([&] { return hub.log().told("worker 2 is lost") == 1; }));
  finish_round(20);
  finish_round(30);
  guests.push_back(std::make_unique<Guest>(hub, 2, numbers));  // three steps are left for it
  finish_round(40);
  Guest &idle = *guests[0], &busy = *guests[2];
  REQUIRE(idle.granted().next == detail::Grant::Next::wait);
  busy.commit(50, 1);
  CHECK(busy.reply() == 50);
  idle.commit(40, 1, 4);
  CHECK(idle.reply() == 40);
  busy.commit(60, 1);
  for (auto& guest : guests) CHECK(guest->is_seen_off());
  CHECK((hub.result().parameters.array() == 60.0f).all());
}
