#include <tributary/trainer/predict.hpp>

#include <doctest/doctest.h>

#include <tributary/data/assemble.hpp>
#include <tributary/data/csv.hpp>
#include <tributary/data/preprocessing.hpp>
#include <tributary/data/split.hpp>
#include <tributary/metrics/accuracy.hpp>
#include <tributary/metrics/roc_auc.hpp>
#include <tributary/model/sequential.hpp>
#include <tributary/observe/history.hpp>
#include <tributary/optimizer/adam.hpp>

#include "support/real_data.hpp"
#include "support/rules.hpp"

using namespace tributary;

namespace {
/// Class 1 if the two features have the same sign: no linear model can separate the classes.
Events same_sign(Index events) {
  Events data{.features = Matrix<float>(2, events), .classes = {"other", "same"}};
  Rng rng = Seed{5}.rng();
  for (Index e = 0; e < events; ++e) {
    data.features.col(e) << float(normal(rng)), float(normal(rng));
    data.labels.push_back(data.features(0, e) * data.features(1, e) > 0);
  }
  return data;
}
const TrainOptions options{.epochs = 20, .batch_size = 32, .seed = Seed{42}};
}  // namespace

TEST_CASE("a net learns a nonlinear function; an ensemble's prediction is its members' mean") {
  const auto [training, test] = split(same_sign(3000), 2.0 / 3);
  const Sequential net{Dense<2, 32>{}, Relu{}, Dropout{.rate = 0.1f}, Dense<32, 2>{},
                       SoftmaxCrossEntropy{}};
  const Adam adam{.learning_rate = 0.01};
  History history;
  const auto trained = Trainer{net, InProcess{.workers = 2}, Averaging{.period = 5}, adam}.train(
      training, options, history);
  CHECK(accuracy(predict(trained, test), test) > 0.95);
  CHECK(history.rows.back().accuracy > 0.9);

  const auto ensemble =
      Trainer{net, InProcess{.workers = 2}, Independent{}, adam}.train(training, options);
  REQUIRE(ensemble.members.size() == 2);
  const Matrix<float> mean = (net.predict(ensemble.members[0], test.features) +
                              net.predict(ensemble.members[1], test.features)) /
                             2;
  CHECK((predict(ensemble, test) - mean).norm() < 1e-5);
  CHECK(accuracy(predict(ensemble, test), test) > 0.95);
  CHECK(ensemble.report.mean_staleness == 0);

  CHECK_THROWS_WITH_AS(predict(trained, Events{.features = Matrix<float>(3, 1)}),
                       doctest::Contains("number of features = 3, must be 2"),
                       std::invalid_argument);
}

TEST_CASE("events of other classes or features than those of the training are not scored") {
  const Events training = same_sign(100);
  const Sequential net{Dense<2, 2>{}, SoftmaxCrossEntropy{}};
  const auto trained = Trainer{net, InProcess{}, Averaging{}, Sgd{}}.train(training, options);
  CHECK(trained.classes == training.classes);
  Events swapped = training;
  swapped.classes = {"same", "other"};
  CHECK_THROWS_WITH_AS(predict(trained, swapped),
                       "predict: classes = same, other, must be as in the training: other, same; "
                       "see AssembleOptions::classes and read_idx",
                       std::invalid_argument);
  Events alone = training;
  alone.classes = {"same"};  // as of assemble() for a file without the other one
  CHECK_THROWS_AS(predict(trained, alone), std::invalid_argument);
  CHECK(predict(trained, Events{.features = training.features}).cols() == 100);

  Events named = training;
  named.feature_names = {"x", "y"};
  const auto knows = Trainer{net, InProcess{}, Averaging{}, Sgd{}}.train(named, options);
  named.feature_names = {"y", "x"};
  CHECK_THROWS_WITH_AS(predict(knows, named),
                       "predict: feature_names = y, x, must be as in the training: x, y; see "
                       "AssembleOptions::features",
                       std::invalid_argument);
}

TEST_CASE("data that the net cannot learn from is refused before work starts") {
  const Trainer trainer{Sequential{Dense<3, 2>{}, SoftmaxCrossEntropy{}}, InProcess{}, Averaging{},
                        Sgd{}};
  CHECK_THROWS_WITH_AS(trainer.train(same_sign(10), options),
                       doctest::Contains("number of features = 2, must be 3"),
                       std::invalid_argument);
}

TEST_CASE("a number that stands for a missing feature is neither trained on nor scored") {
  const Trainer trainer{Sequential{Dense<2, 2>{}, SoftmaxCrossEntropy{}}, InProcess{}, Averaging{},
                        Sgd{}};
  Events events = same_sign(100);
  events.missing = -999;
  const auto trained = trainer.train(events, options);
  CHECK(predict(trained, events).cols() == 100);
  events.features(1, 7) = -999;
  CHECK_THROWS_WITH_AS(trainer.train(events, options),
                       doctest::Contains("feature 1 of event 7 is -999 (Events::missing), must be"),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(predict(trained, events),
                       "predict: a feature of event 7 = -999, must be other than Events::missing: "
                       "impute missing values, as in the training",
                       std::invalid_argument);
  events.state = FeatureState::scaled;  // then it is a number as any other
  CHECK(trainer.train(events, options).members.size() == 1);
}

TEST_CASE("collisions of ATLAS: EAMSGD tells signal from background") {
  const auto file = test::real_data("atlas_higgs/atlas_higgs_4512.csv");
  if (file.empty()) return;
  const Events events = assemble(read_csv(file, {.missing = -999.0}),
                                 {.label = "Label", .drop = {"EventId", "Weight"}});
  auto [training, test] = stratified_split(events, 0.8, Seed{1});
  const auto preprocessing = Preprocessing::fit(training, {.impute = Imputation::mean});
  preprocessing.apply(training);
  preprocessing.apply(test);
  const Sequential net{Dense<30, 32>{}, Relu{}, Dense<32, 2>{}, SoftmaxCrossEntropy{}};
  const auto trained =
      Trainer{net, InProcess{.workers = 2}, Eamsgd{.learning_rate = 0.02}}.train(training, options);
  CHECK(accuracy(predict(trained, test), test) > 0.76);
  CHECK(roc_auc(predict(trained, test), test) > 0.83);
}
