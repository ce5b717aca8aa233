#include <tributary/inference/lwtnn.hpp>

#include <doctest/doctest.h>

#include <cmath>

#include <tributary/inference/predictor.hpp>
#include <tributary/model/sequential.hpp>
#include <vector>

#include "saved.hpp"

using namespace tributary;
using nlohmann::json;

namespace {

using Net = Sequential<double, Dense<2, 2>, Elu, Dropout, Dense<2, 1>, SigmoidCrossEntropy>;

// As lwtnn's converters write them.
const std::string chain = R"({
  "defaults": {"pt": 1.5, "eta": -0.5},
  "inputs": [{"name": "pt", "offset": -10, "scale": 0.5}, {"name": "eta", "offset": 0, "scale": 2}],
  "layers": [
    {"activation": "elu", "architecture": "dense", "bias": [0.5, -0.5], "weights": [1, 2, 3, 4]},
    {"activation": {"function": "sigmoid", "alpha": 1}, "architecture": "dense", "bias": [],
     "weights": [-1, 0.25]}],
  "miscellaneous": {"scale": "lwtnn"},
  "outputs": ["signal"]})";
const std::string graph = R"({
  "input_sequences": [],
  "inputs": [{"name": "node_0", "variables": [
    {"name": "pt", "offset": -10, "scale": 0.5, "default": 1.5},
    {"name": "eta", "offset": 0, "scale": 2, "default": -0.5}]}],
  "layers": [
    {"activation": "sigmoid", "architecture": "dense", "bias": [0], "weights": [-1, 0.25]},
    {"activation": "elu", "architecture": "dense", "bias": [0.5, -0.5], "weights": [1, 2, 3, 4]}],
  "nodes": [
    {"layer_index": 0, "sources": [2], "type": "feed_forward"},
    {"size": 2, "sources": [0], "type": "input"},
    {"layer_index": 1, "sources": [1], "type": "feed_forward"}],
  "outputs": {"out_0": {"labels": ["signal"], "node_index": 0}}})";

template <class N = Net>
std::string refusal_of(const std::string& text) {
  return refusal(text, [](const auto& path) { load_lwtnn<N>(path); });
}
template <class F>
std::string refusal_after(const F& change, const std::string& text = chain) {
  json changed = json::parse(text);
  change(changed);
  return refusal_of(changed.dump());
}

}  // namespace

TEST_CASE("files of lwtnn's converters are read, in both forms") {
  for (const std::string& text : {chain, graph}) {
    const TemporaryFile file{text};
    const auto loaded = load_lwtnn(file.path(), Net{{}, {.alpha = 3}, {}, {}, {}});
    // Up to 32 outputs lie by columns.
    CHECK(loaded.parameters == Vector<double>{{1, 3, 2, 4, 0.5, -0.5, -1, 0.25, 0}});
    CHECK(std::get<Elu>(loaded.net.elements()).alpha == 1);
    CHECK(loaded.preprocessing.offset == std::vector<double>{-10, 0});
    CHECK(loaded.preprocessing.scale == std::vector<double>{0.5, 2});
    CHECK(loaded.preprocessing.feature_names == std::vector<std::string>{"pt", "eta"});
    CHECK(std::isnan(loaded.preprocessing.missing));
    CHECK(loaded.class_names == std::vector<std::string>{"signal"});
    CHECK(loaded.preprocessing.defaults == std::vector<double>{1.5, -0.5});
  }
}

TEST_CASE("numbers that Boost's property tree wrote as texts are read, in both forms") {
  // Writes each number as a text, and empty values as "".
  const auto rewritten = [](const auto& self, const json& value) -> json {
    if (value.is_number()) return value.dump();
    if (value.is_structured() && value.empty()) return "";
    json all = value;
    for (json& one : all)
      if (!value.is_string()) one = self(self, one);
    return all;
  };
  for (const std::string& text : {chain, graph}) {
    const TemporaryFile numbers{text}, texts{rewritten(rewritten, json::parse(text)).dump()};
    const auto expected = load_lwtnn<Net>(numbers.path()), loaded = load_lwtnn<Net>(texts.path());
    CHECK(loaded.parameters == expected.parameters);
    CHECK(std::get<Elu>(loaded.net.elements()).alpha == 1);
    CHECK(loaded.preprocessing.offset == expected.preprocessing.offset);
    CHECK(loaded.preprocessing.scale == expected.preprocessing.scale);
    CHECK(loaded.preprocessing.defaults == expected.preprocessing.defaults);
    CHECK(loaded.class_names == expected.class_names);
  }
}

TEST_CASE("some features may have a default, and others none") {
  json without = json::parse(chain), graph_without = json::parse(graph);
  without["defaults"].erase("eta");
  without["defaults"]["phi"] = 3;
  graph_without["inputs"][0]["variables"][1].erase("default");
  for (const json& file : {without, graph_without}) {
    const TemporaryFile given{file.dump()}, ours{""}, lwtnn{""};
    const auto loaded = load_lwtnn<Net>(given.path());
    save_model(ours.path(), loaded);
    save_lwtnn(lwtnn.path(), loaded);
    CHECK(json::parse(FileContents{lwtnn.path()}.bytes()).at("defaults") == json{{"pt", 1.5}});
    for (const auto& saved :
         {loaded, load_model<Net>(ours.path()), load_lwtnn<Net>(lwtnn.path())}) {
      CHECK(saved.preprocessing.defaults.at(0) == 1.5);
      CHECK(std::isnan(saved.preprocessing.defaults.at(1)));
      const Predictor predictor{saved};
      const double none = std::nan("");
      double score = 0, expected = 0;
      CHECK(predictor.checked_predict(std::vector{none, 2.0}, {&score, 1}));
      predictor.predict(std::vector{1.5, 2.0}, {&expected, 1});
      CHECK(score == expected);
      CHECK_FALSE(predictor.checked_predict(std::vector{1.5, none}, {&score, 1}));
      predictor.predict(std::vector{1.5, none}, {&score, 1});
      CHECK(std::isnan(score));
      CHECK(std::isnan(detail::scores_of(saved)({1.5, none}).at(0)));
    }
  }
}

TEST_CASE("a file for lwtnn that does not fit the net names the place and the layer") {
  CHECK(refusal_after([](json& file) { file["layers"][0]["activation"] = "tanh"; }) ==
        "layers[0].activation is tanh, expected elu because layer 2 of the net, Elu, is next");
  CHECK(refusal_after([](json& file) { file["layers"][0]["activation"] = "linear"; }) ==
        "layers[1] is dense, expected elu because layer 2 of the net, Elu, is next");
  CHECK(refusal_after([](json& file) { file["layers"].erase(1); }) ==
        "layers ends too early, expected dense because layer 4 of the net, Dense, is next");
  CHECK(refusal_after([](json& file) { file["layers"].push_back(file["layers"][1]); }) ==
        "layers[2] is dense, expected nothing after the head of the net");
  CHECK(refusal_after([](json& file) { file["layers"][0]["weights"].push_back(1); }) ==
        "layers[0].weights has 5 elements, expected 4");
  CHECK(refusal_after([](json& file) { file["layers"][0]["weights"][2] = "one"; }) ==
        "layers[0].weights[2] is \"one\", expected a number");
  CHECK(refusal_after([](json& file) { file["inputs"][1]["scale"] = ""; }) ==
        "inputs[1].scale is \"\", expected a number");
  CHECK(refusal_after([](json& file) { file["defaults"] = 7; }) ==
        "defaults is 7, expected an array");
  CHECK(refusal_after([](json& file) { file["layers"][0]["architecture"] = "maxout"; }) ==
        "layers[0].architecture is \"maxout\", expected \"dense\"");
  CHECK(refusal_after([](json& file) { file["layers"][0].erase("activation"); }) ==
        "layers[0].activation is missing");
  CHECK(refusal_after([](json& file) { file["layers"][0]["activation"] = "swish"; }) ==
        "layers[0].activation is \"swish\", expected an object of function and alpha, without "
        "which lwtnn computes NaN");
  CHECK(refusal_after([](json& file) { file["inputs"].erase(1); }) ==
        "Preprocessing::offset.size() = 1, must be 2");
  CHECK(refusal_after([](json& file) { file["outputs"].push_back("background"); }) ==
        "SavedModel::class_names.size() = 2, must be 0 or 1, one an output");
  CHECK(refusal_of<Sequential<double, Dense<2, 2>, Softplus, MeanSquaredError>>(chain).ends_with(
      "layer 2 of the net, Softplus, has no form in lwtnn's JSON"));
}

TEST_CASE("a number outside the scalar's range in a file for lwtnn is an error with its place") {
  using Single = Sequential<float, Dense<2, 2>, Elu, Dense<2, 1>, SigmoidCrossEntropy>;
  json changed = json::parse(chain);
  changed["layers"][1]["weights"][1] = 1e39;
  CHECK(refusal_of<Single>(changed.dump()) ==
        "layers[1].weights[1] is 1e+39, expected a number that the net's scalar holds");
  changed = json::parse(chain);
  changed["layers"][0]["bias"][0] = -1e39;
  CHECK(refusal_of<Single>(changed.dump()) ==
        "layers[0].bias[0] is -1e+39, expected a number that the net's scalar holds");
}

TEST_CASE("graphs that are not a chain from one input are refused") {
  CHECK(refusal_after([](json& file) { file["nodes"][2]["sources"] = {0}; }, graph) ==
        "nodes is array, expected nodes without a cycle");
  CHECK(refusal_after(
            [](json& file) {
              file["nodes"][0]["sources"] = {2, 1};
            },
            graph) == "nodes[0].sources has 2 elements, expected 1");
  CHECK(refusal_after([](json& file) { file["nodes"][0]["sources"] = {3}; }, graph) ==
        "nodes[0].sources[0] is 3, expected a whole number below 3");
  CHECK(refusal_after([](json& file) { file["nodes"][2]["type"] = "concatenate"; }, graph) ==
        "nodes[2].type is \"concatenate\", expected \"feed_forward\"");
  CHECK(refusal_after([](json& file) { file["nodes"][2]["layer_index"] = -1; }, graph) ==
        "nodes[2].layer_index is -1, expected a whole number below 2");
  CHECK(refusal_after([](json& file) { file["input_sequences"].push_back("track"); }, graph) ==
        "input_sequences has 1 elements, expected 0");
  CHECK(refusal_after([](json& file) { file["outputs"]["out_1"] = 1; }, graph) ==
        "outputs is object, expected an object with one member");
}

TEST_CASE("the self-test of a file of save_lwtnn covers lwtnn's part") {
  const std::string good = text_of([](const auto& path) {
    save_lwtnn(path, saved_model(detail::default_net<Net>()), LwtnnForm::sequential);
  });
  CHECK(refusal_of(good) == "");
  CHECK(refusal_after([](json& file) { file["layers"][0]["weights"][1] = 0.5; }, good)
            .starts_with("self_test.cases[0].scores[0] is "));
  CHECK(refusal_after([](json& file) { file["inputs"][0]["scale"] = 0.5; }, good)
            .starts_with("self_test.cases[0].scores[0] is "));
}

TEST_CASE("a file for lwtnn with any replacement is read or refused by name") {
  for (const std::string& text : {chain, graph}) {
    std::size_t refused = 0;
    for_each_change(json::parse(text), [&](const json::json_pointer& at, const json& changed) {
      const std::string message = refusal_of(changed.dump());
      CAPTURE(at.to_string());
      CHECK_FALSE(message.starts_with("no name"));
      refused += !message.empty();
    });
    CHECK(refused > 250);
    for (std::size_t size = 0; size < text.size(); size += 17)
      CHECK(refusal_of(text.substr(0, size)).starts_with("is not JSON: "));
  }
}
