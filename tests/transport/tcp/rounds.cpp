#include "transport/tcp/peers.hpp"

#include "support/problems.hpp"

#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/trainer/trainer.hpp>

tributary::test::Outcome tributary::test::train_in_rounds(const KnownTcp& tcp, Log& log) {
  static const BasicEvents<float> data = line<float>(320);
  const TrainOptions options{.epochs = 2, .batch_size = 8, .seed = Seed{3}};
  const auto trained =
      Trainer{LinearModel<float>{}, tcp, Averaging{.period = 4}, Sgd{.learning_rate = 0.1}}.train(
          data, options, log);
  return {trained.parameters(), trained.report};
}
