#include <doctest/doctest.h>

#include <limits>
#include <stdexcept>
#include <tributary/data/training_weights.hpp>
#include <tributary/model/cross_entropy.hpp>
#include <tributary/model/dense.hpp>
#include <tributary/model/sequential.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/in_process.hpp>

using namespace tributary;

TEST_CASE("training with balanced weights is training with these as the weights, bit for bit") {
  Events events{.features = Matrix<float>(2, 60), .weights = Vector<float>(60)};
  Rng rng = Seed{1}.rng();
  for (Index i = 0; i < 60; ++i) {
    events.labels.push_back(i % 6 == 0);
    events.features.col(i) << static_cast<float>(normal(rng)), static_cast<float>(i % 6);
    events.weights[i] = i % 6 == 0 ? 0.01f : 100;
  }
  const Trainer trainer{Sequential{Dense<2, 2>{}, SoftmaxCrossEntropy{}}, InProcess{.workers = 2},
                        Averaging{}, Sgd{.learning_rate = 0.1}};
  const TrainOptions options{.epochs = 2, .batch_size = 10, .seed = 4};
  Events balanced = events;
  balance_training_weights(balanced);
  Events replaced = events;
  replaced.weights = balanced.training_weights;
  const auto parameters = trainer.train(balanced, options).parameters();
  CHECK(parameters == trainer.train(replaced, options).parameters());
  CHECK(parameters != trainer.train(events, options).parameters());

  balanced.training_weights[3] = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH_AS(trainer.train(balanced, options),
                       "Events::training_weights[3] = inf, must be finite", std::invalid_argument);
}
