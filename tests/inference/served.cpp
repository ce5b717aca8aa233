// Trained on and served, through files: each score must be the same.
#include <tributary/data/preprocessing.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <string>
#include <tributary/data/assemble.hpp>
#include <tributary/data/csv.hpp>
#include <tributary/data/split.hpp>
#include <tributary/inference/json.hpp>
#include <tributary/inference/lwtnn.hpp>
#include <tributary/inference/predictor.hpp>
#include <tributary/model/sequential.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/independent.hpp>
#include <tributary/trainer/predict.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/in_process.hpp>
#include <vector>

#include "../data/support.hpp"
#include "lwtnn_evaluator.hpp"

using namespace tributary;

namespace {

using Net = Sequential<float, Dense<2, 6>, LeakyRelu, Dense<6, 2>, SoftmaxCrossEntropy>;
constexpr Index count = 6;
// The masses have the mean 110 and the standard deviation 8.165. A 0 that is scaled would be a
// feature of -13.47.
constexpr const char* collisions =
    "kind,mass,eta\n"
    "b,100,-2.5\ns,110,-999\nb,120,0.5\ns,-999,1.5\nb,100,-1\ns,120,2.5\n";

/// The scores of these events as they were measured.
Matrix<float> served(const Predictor<Net>& predictor, const Matrix<float>& features) {
  Matrix<float> scores(2, count);
  for (Index event = 0; event < count; ++event)
    predictor.predict({features.col(event).data(), 2}, {scores.col(event).data(), 2});
  Matrix<float> at_once(2, count);
  predictor.predict_batch({features.data(), 2 * count}, {at_once.data(), 2 * count});
  CHECK((scores - at_once).cwiseAbs().maxCoeff() < 1e-6);
  return scores;
}

/// Features for lwtnn, whose caller replaces missing values by NaN.
Matrix<float> served_by_lwtnn(const nlohmann::json& file, const Matrix<float>& features) {
  Matrix<float> scores(2, count);
  for (Index event = 0; event < count; ++event) {
    Values values;
    for (const Index i : {0, 1})
      values[i == 0 ? "mass" : "eta"] =
          features(i, event) == -999 ? NAN : static_cast<double>(features(i, event));
    const Values result = run_lwtnn(file, nan_replaced(file, values));
    scores.col(event) << static_cast<float>(result.at("b")), static_cast<float>(result.at("s"));
  }
  return scores;
}

Events imputed_by_hand(Events events) {
  for (float& feature : events.features.reshaped())
    if (std::isnan(feature)) feature = 0;
  events.state = FeatureState::imputed;
  return events;
}

}  // namespace

TEST_CASE("a trained net gives the same scores from every file") {
  const TemporaryFile csv{collisions}, json{""}, lwtnn{""}, graph{""};
  const Events measured = assemble(read_csv(csv.path()), {.label = "kind"});  // with its -999
  for (const Imputation impute : {Imputation::mean, Imputation::median, Imputation::constant}) {
    for (const Scaling scale : {Scaling::none, Scaling::standard, Scaling::min_max}) {
      Events events = assemble(read_csv(csv.path(), {.missing = -999.0}), {.label = "kind"});
      const auto preprocessing =
          Preprocessing::fit(events, {.impute = impute, .constant = 90, .scale = scale});
      preprocessing.apply(events);
      const auto trained = Trainer{Net{{}, {}, {}, {}}, InProcess{}, Independent{},
                                   Sgd{.learning_rate = scale == Scaling::none ? 1e-5 : 0.3}}
                               .train(events, {.epochs = 20, .batch_size = 2, .seed = Seed{3}});
      const Matrix<float> expected = predict(trained, events);
      CHECK((expected.row(0).maxCoeff() - expected.row(0).minCoeff()) > 1e-3f);

      const auto same = [&](const Matrix<float>& scores) {
        CHECK((scores - expected).cwiseAbs().maxCoeff() < 2e-6f);
      };
      const SavedModel<Net> saved = saved_model(trained, preprocessing);
      save_model(json.path(), saved);
      save_lwtnn(lwtnn.path(), saved);
      save_lwtnn(graph.path(), saved, LwtnnForm::graph);
      same(served(Predictor{trained, preprocessing}, measured.features));
      same(served(Predictor{load_model<Net>(json.path())}, measured.features));
      same(served(Predictor{load_lwtnn<Net>(lwtnn.path())}, measured.features));
      same(served(Predictor{load_lwtnn<Net>(graph.path())}, measured.features));
      for (const TemporaryFile* file : {&lwtnn, &graph})
        same(served_by_lwtnn(nlohmann::json::parse(FileContents{file->path()}.bytes()),
                             measured.features));
    }
  }
}

TEST_CASE("a predictor knows the names of the training, and refuses a preprocessing of others") {
  const TemporaryFile csv{collisions};
  Events events = assemble(read_csv(csv.path(), {.missing = -999.0}), {.label = "kind"});
  auto preprocessing = Preprocessing::fit(events, {.impute = Imputation::mean});
  preprocessing.apply(events);
  const auto trained = Trainer{Net{{}, {}, {}, {}}, InProcess{}, Independent{}, Sgd{}}.train(
      events, {.epochs = 1, .batch_size = 2});
  auto plain = preprocessing;
  plain.feature_names.clear();
  for (const auto& predictor : {Predictor{trained, preprocessing}, Predictor{trained, plain},
                                Predictor{saved_model(trained, plain)}}) {
    CHECK(predictor.feature_names() == std::vector<std::string>{"mass", "eta"});
    CHECK(predictor.class_names() == std::vector<std::string>{"b", "s"});
  }
  preprocessing.feature_names = {"eta", "mass"};
  CHECK(message_of<std::invalid_argument>([&] {
          Predictor{trained, preprocessing};
        }) == "Predictor: feature 0 of the Preprocessing = eta, must be mass, as in training");
}

TEST_CASE("served features must have the preparation of the training") {
  const TemporaryFile csv{"kind,mass,eta\nb,1,2\ns,3,1\nb,2,5\n"};
  const Events measured = assemble(read_csv(csv.path()), {.label = "kind"});
  const std::vector<Preprocessing> all{
      Preprocessing::fit(measured, {.scale = Scaling::none}),
      Preprocessing::fit(measured, {.impute = Imputation::mean, .scale = Scaling::none}),
      Preprocessing::fit(measured, {.impute = Imputation::mean})};
  const std::vector<std::string> names{"measured", "imputed", "scaled"};
  for (std::size_t i = 0; i < all.size(); ++i) {
    Events events = measured;
    all[i].apply(events);
    const auto trained = Trainer{Net{{}, {}, {}, {}}, InProcess{}, Independent{}, Sgd{}}.train(
        events, {.epochs = 1, .batch_size = 2});
    for (std::size_t k = 0; k < all.size(); ++k) {
      Events others = measured;
      all[k].apply(others);
      const std::string predicted =
          message_of<std::invalid_argument>([&] { predict(trained, others); });
      const std::string served = message_of<std::invalid_argument>([&] {
        Predictor{trained, all[k]};
      });
      CHECK((predicted.empty() && served.empty()) == (i == k));
      if (i == k) continue;
      const std::string reason = "features = " + names[k] + ", must be " + names[i];
      CHECK(predicted.find("predict: " + reason) == 0);
      CHECK(served.find("Predictor: " + reason) == 0);
    }
    CHECK(message_of<std::invalid_argument>([&] { Predictor{trained}; }).empty() == (i == 0));
    Predictor{SavedModel{trained.model, trained.parameters()}};  // its features are so already
  }
}

TEST_CASE("a preprocessing that differs from the training's is refused, separate or included") {
  const TemporaryFile csv{collisions};
  const CsvTable table = read_csv(csv.path(), {.missing = -999.0});
  const Events measured = assemble(table, {.label = "kind"});
  const auto fitted = Preprocessing::fit(measured, {.impute = Imputation::mean});
  const auto imputer = Imputer::fit(measured);
  Events events = measured, at_once = measured;
  fitted.apply(at_once);
  imputer.apply(events);
  const auto scaler = StandardScaler::fit(measured);
  scaler.apply(events);
  CHECK((events.features - at_once.features).cwiseAbs().maxCoeff() < 1e-6f);
  // the same numbers, so the same preprocessing
  const Preprocessing loose{imputer, scaler};
  CHECK(loose.checksum() == fitted.checksum());
  CHECK(events.prepared_by == fitted.checksum());
  CHECK(at_once.prepared_by == fitted.checksum());
  CHECK(Preprocessing{}.checksum() == 0);

  const Trainer trainer{Net{{}, {}, {}, {}}, InProcess{}, Independent{}, Sgd{}};
  const auto trained = trainer.train(events, {.epochs = 1, .batch_size = 2});
  CHECK(trained.prepared_by == fitted.checksum());
  CHECK(saved_model(trained, fitted).class_names == events.classes);
  Predictor{trained, loose};

  // Others, each of which makes scaled features, too: of other events, by another imputation, and so on
  std::vector<Preprocessing> others{
      Preprocessing::fit(select<float>(measured, std::vector<std::size_t>{0, 1, 2, 4}),
                         {.impute = Imputation::mean}),
      Preprocessing::fit(measured, {.impute = Imputation::median}),
      Preprocessing::fit(measured, {.impute = Imputation::mean, .scale = Scaling::min_max}),
      Preprocessing{scaler},
      fitted,
      fitted};
  others[4].missing = -1;
  others[5].offset[1] = std::nextafter(others[5].offset[1], 100);
  for (const Preprocessing& other : others) {
    const std::string reason =
        ": Preprocessing = " + checksum_text(other.checksum()) + ", must be " +
        checksum_text(fitted.checksum()) +
        ", as in training: pass the Preprocessing that was applied to the training events";
    CHECK(message_of<std::invalid_argument>([&] { saved_model(trained, other); }) ==
          "SavedModel" + reason);
    CHECK(message_of<std::invalid_argument>([&] {
            Predictor{trained, other};
          }) == "Predictor" + reason);
    Events test = measured;
    test.missing = other.missing;
    other.apply(test);
    CHECK(message_of<std::invalid_argument>([&] { predict(trained, test); }) ==
          "predict: features = prepared by a Preprocessing of " + checksum_text(other.checksum()) +
              ", must be " + checksum_text(fitted.checksum()) + ", that of the training");
    test.missing = events.missing;
    CHECK(message_of<std::invalid_argument>([&] {
            concatenate(events, test);
          }).starts_with("concatenate: prepared_by = checksum "));
  }
  // By other means, of which nothing is known.
  Events by_hand = events;
  by_hand.prepared_by = 0;
  CHECK(predict(trained, by_hand) == predict(trained, events));
  CHECK(concatenate(events, by_hand).prepared_by == 0);
  CHECK(concatenate(events, at_once).cast<double>().prepared_by == fitted.checksum());
  Predictor{trainer.train(by_hand, {.epochs = 1, .batch_size = 2}), others[0]};
  scaler.apply(by_hand = imputed_by_hand(measured));
  CHECK(by_hand.prepared_by == 0);
}

TEST_CASE(
    "the value of a missing feature may be given for serving, but must be that of the training") {
  const TemporaryFile csv{collisions};
  Events events = assemble(read_csv(csv.path(), {.missing = -999.0}), {.label = "kind"});
  const Trainer trainer{Net{{}, {}, {}, {}}, InProcess{}, Independent{}, Sgd{}};
  const auto train = [&](const Events& with) {
    return trainer.train(with, {.epochs = 1, .batch_size = 2});
  };
  const auto scores = [](const auto& predictor, float eta) {
    std::array<float, 2> result{};
    predictor.predict(std::array{100.0f, eta}, result);
    return result;
  };

  Events by_nan = events;  // which do not say it
  by_nan.missing = NAN;
  const auto imputer = Imputer::fit(by_nan);
  imputer.apply(by_nan);
  const auto scaler = StandardScaler::fit(by_nan);
  scaler.apply(by_nan);
  const auto trained = train(by_nan);
  const Preprocessing said{imputer, scaler, -999.0};
  CHECK(scores(Predictor{trained, said}, -999) ==
        scores(Predictor{trained, Preprocessing{imputer, scaler}}, NAN));
  CHECK(saved_model(trained, said).preprocessing.missing == -999);

  for (float& feature : events.features.reshaped())
    if (std::isnan(feature)) feature = 0;  // measured so
  const auto plain = train(events);
  CHECK(saved_model(plain, {}).preprocessing.missing == -999);
  CHECK(std::isnan(scores(Predictor{plain}, -999)[0]));
  CHECK(std::isnan(scores(Predictor{saved_model(plain, {})}, -999)[0]));
  Preprocessing other;
  other.missing = -1;
  CHECK(message_of<std::invalid_argument>([&] { saved_model(plain, other); }) ==
        "SavedModel: Preprocessing::missing = -1, must be -999, as in training");
}
TEST_CASE("a name stands for one class, and a regression has no classes") {
  const TemporaryFile csv{collisions};
  const CsvTable table = read_csv(csv.path(), {.missing = -999.0});
  Events events = imputed_by_hand(assemble(table, {.label = "kind"}));
  events.classes = {"b", "b"};
  const Trainer trainer{Net{{}, {}, {}, {}}, InProcess{}, Independent{}, Sgd{}};
  CHECK(message_of<std::invalid_argument>([&] { trainer.train(events, {.batch_size = 2}); }) ==
        "Events::classes = b, twice, must be distinct");
  SavedModel<Net> saved{Net{{}, {}, {}, {}}, Vector<float>::Zero(Net::parameter_count())};
  saved.class_names = {"b", "b"};
  CHECK(message_of<std::invalid_argument>([&] { saved.validate(); }) ==
        "SavedModel::class_names = b, twice, must be distinct");
  CHECK(message_of<std::invalid_argument>([&] { Predictor{saved}; }) ==
        "Predictor: class names = b, twice, must be distinct");

  events.classes = {"b", "s"};
  events.targets = Matrix<float>::Random(2, count).cwiseAbs();
  events.target_names = {"energy", "mass"};
  CHECK(trainer.train(events, {.batch_size = 2}).classes.empty());
  events.target_names = events.classes;
  CHECK(trainer.train(events, {.batch_size = 2}).classes == events.classes);
  events.target_names.clear();
  CHECK(trainer.train(events, {.batch_size = 2}).classes == events.classes);
}

TEST_CASE("a missing feature without a default has scores that are NaN") {
  Preprocessing preprocessing;
  preprocessing.missing = -999;
  for (const bool scaled : {false, true}) {
    if (scaled) preprocessing = {Imputer{{0, 0}}, StandardScaler{{1, 2}, {3, 4}}, -999};
    preprocessing.defaults.clear();
    const Net net{{}, {}, {}, {}};
    const Predictor predictor{
        SavedModel<Net>{net, Vector<float>::Constant(net.parameter_count(), 0.5f), preprocessing}};
    for (const float missing : {-999.0f, NAN}) {
      const std::vector<float> event{1, missing};
      std::vector<float> scores(2, 7);
      predictor.predict(event, scores);
      CHECK(std::isnan(scores[0]));
      CHECK(std::isnan(scores[1]));
      CHECK_FALSE(predictor.checked_predict(event, scores));
    }
  }
}
