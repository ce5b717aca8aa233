#include "transport/tcp/peers.hpp"

#include "transport/tcp/counter.hpp"

#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/trainer/trainer.hpp>

tributary::test::Train tributary::test::counting(std::size_t steps, Index parameters) {
  return [=](const KnownTcp& tcp, Log& log) -> Outcome {
    const TrainOptions options{.epochs = 1, .batch_size = 1, .seed = Seed{1}};
    const auto trained = Trainer{
        Counter{.parameters = parameters}, tcp, Downpour{.period = 3},
        Sgd{.learning_rate =
                1}}.train(Rows{steps}, options, log);
    return {trained.parameters(), trained.report};
  };
}
