#include <tributary/inference/json.hpp>

#include <doctest/doctest.h>

#include <cstring>
#include <limits>
#include <tributary/model/sequential.hpp>

#include "saved.hpp"

using namespace tributary;

namespace {

using Net = Sequential<float, Dense<3, 40>, LeakyRelu, Dropout, Dense<40, 3>, SoftmaxCrossEntropy>;
using DoubleNet = Sequential<double, Dense<2, 3>, BatchNorm, Tanh, Dense<3, 1>, MeanSquaredError>;

const Net net{{.l2 = 1e-3}, {.slope = 0.2}, {.rate = 1.0 / 3}, {}, {}};

template <class N>
void check_same(const SavedModel<N>& one, const SavedModel<N>& other) {
  REQUIRE(one.parameters.size() == other.parameters.size());
  const auto size = static_cast<std::size_t>(one.parameters.size()) * sizeof(typename N::Scalar);
  CHECK(std::memcmp(one.parameters.data(), other.parameters.data(), size) == 0);
  CHECK(one.preprocessing.offset == other.preprocessing.offset);
  CHECK(one.preprocessing.scale == other.preprocessing.scale);
  CHECK(one.preprocessing.defaults == other.preprocessing.defaults);
  CHECK(one.preprocessing.feature_names == other.preprocessing.feature_names);
  CHECK(one.class_names == other.class_names);
  CHECK(one.provenance == other.provenance);
}

template <class N>
std::string save_refusal(const SavedModel<N>& saved) {
  const TemporaryFile file{"before"};
  const std::string message =
      message_of<std::invalid_argument>([&] { save_model(file.path(), saved); });
  CHECK(FileContents{file.path()}.bytes() == "before");
  return message;
}

}  // namespace

TEST_CASE("a model of floats comes back from its file to the last bit, with all its settings") {
  SavedModel<Net> saved = saved_model(net);
  saved.parameters.head(5) << -0.0f, 1e-42f, std::numeric_limits<float>::denorm_min(), 1.0f / 3,
      -0.1f;
  const TemporaryFile file{""};
  save_model(file.path(), saved);
  const auto loaded = load_model<Net>(file.path());
  check_same(loaded, saved);
  CHECK(loaded.preprocessing.missing == -999);
  CHECK(std::get<0>(loaded.net.elements()).l2 == 1e-3);
  CHECK(std::get<1>(loaded.net.elements()).slope == 0.2);
  CHECK(std::get<2>(loaded.net.elements()).rate == 1.0 / 3);
}

TEST_CASE("a model of doubles comes back from its file to the last bit") {
  const DoubleNet one{{}, {.epsilon = 1e-5}, {}, {}, {}};
  SavedModel<DoubleNet> saved = saved_model(one);
  saved.parameters.head(3) << -0.0, std::numeric_limits<double>::denorm_min(), 1.0 / 3;
  const TemporaryFile file{""};
  save_model(file.path(), saved);
  const auto loaded = load_model<DoubleNet>(file.path());
  check_same(loaded, saved);
  CHECK(std::get<1>(loaded.net.elements()).epsilon == 1e-5);
}

TEST_CASE("weights come back in any number of pieces") {
  for (const Index count : {0, 1, 3071, 3072, 3073, 10'000}) {
    const Vector<float> parameters = Vector<float>::LinSpaced(count, -1, 2);
    const nlohmann::json json = detail::weights_to_json(parameters);
    CHECK(std::ssize(json.at("data")) == (count + 3071) / 3072);
    CHECK(detail::weights_from_json<float>({json, "file"}, count) == parameters);
  }
}

TEST_CASE("a model without preprocessing, names and provenance comes back as it is") {
  SavedModel<Net> saved{net, saved_model(net).parameters};
  const TemporaryFile file{""};
  save_model(file.path(), saved);
  const auto loaded = load_model<Net>(file.path());
  check_same(loaded, saved);
  CHECK(std::isnan(loaded.preprocessing.missing));
}

TEST_CASE("a file of version 1 that was written by hand is read") {
  // W = (0.5, -0.25), b = 0.125. The event (3, missing) becomes (4, -0.5), and z = 2.25.
  const std::string text = R"({
    "format": "tributary model", "version": 1,
    "architecture": [
      {"kind": "Dense", "inputs": [2], "outputs": [1], "parameters": 3, "settings": [0, 0, 0]},
      {"kind": "SigmoidCrossEntropy", "inputs": [1], "outputs": [1], "parameters": 0,
       "settings": []}],
    "weights": {"type": "float32", "layout": "panels of 32", "crc32c": 3839104848,
                "data": ["AAAAPwAAgL4AAAA+"]},
    "preprocessing": {"offset": [-1, -2], "scale": [2, 0.5], "defaults": [0, 1], "missing": -999,
                      "feature_names": []},
    "class_names": [], "provenance": {},
    "self_test": {"tolerance": 1e-6, "cases": [
      {"features": [3, -999], "scores": [0.9046505351008906]},
      {"features": [3, null], "scores": [0.9046505351008906]}]}})";
  using Small = Sequential<float, Dense<2, 1>, SigmoidCrossEntropy>;
  const TemporaryFile file{text};
  CHECK(load_model<Small>(file.path()).parameters == Vector<float>{{0.5f, -0.25f, 0.125f}});
}

TEST_CASE("an inconsistent model is not saved") {
  SavedModel<Net> saved = saved_model(net);
  saved.parameters[3] = std::numeric_limits<float>::infinity();
  CHECK(save_refusal(saved) == "SavedModel::parameters = inf, must be finite");
  saved = saved_model(net);
  saved.parameters.conservativeResize(282);
  CHECK(save_refusal(saved) == "SavedModel::parameters.size() = 282, must be 283");
  saved = saved_model(net);
  saved.class_names.pop_back();
  CHECK(save_refusal(saved) == "SavedModel::class_names.size() = 2, must be 0 or 3, one an output");
  saved = saved_model(net);
  saved.preprocessing.scale.pop_back();
  CHECK(save_refusal(saved) == "Preprocessing::scale.size() = 2, must be 3");
  saved = saved_model(net);
  saved.provenance["who"] = "M\xfcller";  // not UTF-8
  CHECK(holds(save_refusal(saved), ": cannot be written as JSON: "));

  SavedModel<DoubleNet> uncalibrated = saved_model(detail::default_net<DoubleNet>());
  Rng rng = Seed{}.rng();
  uncalibrated.net.initialize(uncalibrated.parameters, rng);
  CHECK(holds(save_refusal(uncalibrated), "a net with BatchNorm must be calibrated"));
}

TEST_CASE("a missing file is a FileError") {
  CHECK_THROWS_AS(load_model<Net>("/nowhere/net.json"), FileError);
  CHECK_THROWS_AS(save_model("/nowhere/net.json", saved_model(net)), FileError);
}
