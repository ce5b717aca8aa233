#include <tributary/inference/lwtnn.hpp>

#include <doctest/doctest.h>

#include <tributary/model/sequential.hpp>

#include "lwtnn_evaluator.hpp"

using namespace tributary;
using nlohmann::json;

namespace {

using Net = Sequential<float, Dense<3, 40>, Relu, Dropout, Dense<40, 3>, SoftmaxCrossEntropy>;

}  // namespace

TEST_CASE("lwtnn gives the scores of a saved net, in both forms") {
  for (const LwtnnForm form : {LwtnnForm::sequential, LwtnnForm::graph}) {
    check_scores(saved_model(detail::default_net<Net>()), form, 2e-6);
  }
}

TEST_CASE("a net comes back from lwtnn's layers, in both forms") {
  const SavedModel<Net> saved = saved_model(detail::default_net<Net>());
  for (const LwtnnForm form : {LwtnnForm::sequential, LwtnnForm::graph}) {
    const TemporaryFile file{""};
    save_lwtnn(file.path(), saved, form);
    const auto loaded = load_lwtnn<Net>(file.path());
    CHECK(loaded.parameters == saved.parameters);
    CHECK(loaded.preprocessing.offset == saved.preprocessing.offset);
    CHECK(loaded.preprocessing.scale == saved.preprocessing.scale);
    CHECK(loaded.preprocessing.defaults == saved.preprocessing.defaults);
    CHECK(loaded.preprocessing.missing == -999);
    CHECK(loaded.preprocessing.feature_names == saved.preprocessing.feature_names);
    CHECK(loaded.class_names == saved.class_names);
    CHECK(loaded.provenance == saved.provenance);
    CHECK(load_model<Net>(file.path()).parameters == saved.parameters);
  }
}

TEST_CASE("a net without preprocessing and names has made-up names") {
  const SavedModel<Net> saved{detail::default_net<Net>(),
                              saved_model(detail::default_net<Net>()).parameters};
  const json file = json::parse(text_as(saved, LwtnnForm::sequential));
  CHECK(file.at("inputs").at(2) == json{{"name", "feature_2"}, {"offset", 0.0}, {"scale", 1.0}});
  CHECK(file.at("defaults") == json::object());
  CHECK(file.at("outputs") == json{"score_0", "score_1", "score_2"});
}

TEST_CASE("a net that lwtnn cannot express is refused by its layer or name") {
  const auto refused = [](const auto& saved) {
    const TemporaryFile file{"before"};
    const std::string message = message_of<std::invalid_argument>(
        [&] { save_lwtnn(file.path(), saved, LwtnnForm::sequential); });
    CHECK(FileContents{file.path()}.bytes() == "before");
    return message;
  };
  using Soft = Sequential<double, Dense<2, 2>, Softplus, MeanSquaredError>;
  CHECK(refused(saved_model(detail::default_net<Soft>())) ==
        "layer 2 of the net, Softplus, has no form in lwtnn's JSON");
  SavedModel<Net> twice = saved_model(detail::default_net<Net>());
  twice.class_names[1] = twice.class_names[2];
  CHECK(refused(twice) == "SavedModel::class_names = class 2, twice, must be distinct");
  twice = saved_model(detail::default_net<Net>());
  auto& names = twice.preprocessing.feature_names;
  names[1] = names[2];
  CHECK(refused(twice).ends_with(
      " = " + names[2] + ", must be unique, because lwtnn identifies inputs and outputs by name"));
}
