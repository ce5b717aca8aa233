#include <tributary/inference/lwtnn.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <tributary/model/sequential.hpp>

#include "saved.hpp"

using namespace tributary;
using nlohmann::json;

namespace {

using Net = Sequential<float, Dense<3, 40>, Relu, Dropout, Dense<40, 3>, SoftmaxCrossEntropy>;
using Everything =
    Sequential<double, Image<1, 3, 1>, Flatten, Dense<3, 5>, BatchNorm, LeakyRelu, Dense<5, 4>, Elu,
               Dense<4, 4>, Tanh, Sigmoid, Dense<4, 4>, HardSigmoid, Dense<4, 3>, Linear, Swish,
               Dense<3, 1>, SigmoidCrossEntropy>;

// What lwtnn does with a file, in double; an implementation of its own.

using Values = std::map<std::string, double>;

void activate(std::vector<double>& x, const json& activation) {
  const bool object = activation.is_object();
  const std::string function = object ? activation.at("function") : activation;
  const double alpha = object ? activation.at("alpha").get<double>() : std::nan("");
  const std::map<std::string, std::function<double(double)>> functions{
      {"linear", [](double z) { return z; }},
      {"rectified", [](double z) { return z > 0 ? z : 0; }},
      {"leakyrelu", [&](double z) { return z > 0 ? z : alpha * z; }},
      {"elu", [&](double z) { return z > 0 ? z : alpha * (std::exp(z) - 1); }},
      {"tanh", [](double z) { return std::tanh(z); }},
      {"sigmoid", [](double z) { return 1 / (1 + std::exp(-z)); }},
      {"hard_sigmoid", [](double z) { return std::min(std::max(0.2 * z + 0.5, 0.0), 1.0); }},
      {"swish", [&](double z) { return z / (1 + std::exp(-alpha * z)); }}};
  if (function == "softmax") {
    double sum = 0;
    for (double& z : x) sum += z = std::exp(z);
    for (double& z : x) z /= sum;
  } else {
    for (double& z : x) z = functions.at(function)(z);
  }
}

std::vector<double> apply_layer(const json& layer, const std::vector<double>& x) {
  const std::vector<double> weights = layer.at("weights"), bias = layer.at("bias");
  std::vector<double> y = x;
  if (layer.at("architecture") == "normalization") {
    for (std::size_t i = 0; i < x.size(); ++i) y.at(i) = weights.at(i) * (x[i] + bias.at(i));
    return y;
  }
  REQUIRE(layer.at("architecture") == "dense");
  if (!weights.empty()) {
    y = bias;
    REQUIRE(weights.size() == x.size() * y.size());
    for (std::size_t i = 0; i < weights.size(); ++i)
      y[i / x.size()] += weights[i] * x[i % x.size()];
  }
  activate(y, layer.at("activation"));
  return y;
}

std::vector<double> scaled(const json& variables, const json& defaults, const Values& event) {
  std::vector<double> x;
  for (const json& variable : variables) {
    double value = event.at(variable.at("name"));
    if (!std::isfinite(value)) value = defaults.at(variable.at("name").get<std::string>());
    x.push_back((value + variable.at("offset").get<double>()) * variable.at("scale").get<double>());
  }
  return x;
}

Values run_lwtnn(const json& file, const Values& event) {
  std::vector<double> x;
  json labels;
  if (file.contains("nodes")) {
    REQUIRE(file.at("input_sequences").empty());
    const json& output = file.at("outputs").at("scores");
    labels = output.at("labels");
    const std::function<std::vector<double>(const json&)> node = [&](const json& index) {
      const json& here = file.at("nodes").at(index.get<std::size_t>());
      const json& source = here.at("sources").at(0);
      if (here.at("type") == "input") {
        const json& inputs = file.at("inputs").at(source.get<std::size_t>());
        REQUIRE(here.at("size") == inputs.at("variables").size());
        return scaled(inputs.at("variables"), inputs.at("defaults"), event);
      }
      REQUIRE(here.at("type") == "feed_forward");
      return apply_layer(file.at("layers").at(here.at("layer_index").get<std::size_t>()),
                         node(source));
    };
    x = node(output.at("node_index"));
  } else {
    labels = file.at("outputs");
    x = scaled(file.at("inputs"), file.at("defaults"), event);
    for (const json& layer : file.at("layers")) x = apply_layer(layer, x);
  }
  Values scores;
  for (std::size_t i = 0; i < x.size(); ++i) scores[labels.at(i)] = x[i];
  return scores;
}

std::string text_as(const auto& saved, LwtnnForm form) {
  return text_of([&](const auto& path) { save_lwtnn(path, saved, form); });
}

/// Our scores and those of lwtnn, of the events of the self-test and one with a missing feature.
template <class N>
void check_scores(const SavedModel<N>& saved, LwtnnForm form, double tolerance) {
  const json file = json::parse(text_as(saved, form));
  std::vector<std::vector<double>> events{{1, std::nan(""), -2}};
  for (const json& one : file.at("self_test").at("cases"))
    if (one != file.at("self_test").at("cases").back()) events.push_back(one.at("features"));
  CHECK(events.size() == 5);
  for (const std::vector<double>& features : events) {
    Values event;
    for (std::size_t i = 0; i < 3; ++i) event[saved.preprocessing.feature_names[i]] = features[i];
    const std::vector<double> ours = detail::scores_of(saved, features);
    const Values theirs = run_lwtnn(file, event);
    CHECK(theirs.size() == ours.size());
    for (std::size_t k = 0; k < ours.size(); ++k)
      CHECK(std::abs(theirs.at(saved.class_names[k]) - ours[k]) < tolerance);
  }
}

const Everything everything{
    {}, {}, {}, {.epsilon = 1e-4}, {.slope = 0.3}, {}, {.alpha = 0.7}, {}, {}, {}, {}, {}, {}, {},
    {}, {}, {}};

}  // namespace

TEST_CASE("lwtnn gives the scores of a saved net, in both forms") {
  for (const LwtnnForm form : {LwtnnForm::sequential, LwtnnForm::graph}) {
    check_scores(saved_model(detail::default_net<Net>()), form, 2e-6);
    check_scores(saved_model(everything), form, 1e-13);
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

TEST_CASE("settings of activations come back, and BatchNorm as one that does the same") {
  const SavedModel<Everything> saved = saved_model(everything);
  const TemporaryFile file{""};
  save_lwtnn(file.path(), saved, LwtnnForm::graph);
  const auto loaded = load_lwtnn<Everything>(file.path());  // its self-test is within 1e-9
  CHECK(std::get<LeakyRelu>(loaded.net.elements()).slope == 0.3);
  CHECK(std::get<Elu>(loaded.net.elements()).alpha == 0.7);
}

TEST_CASE("a net without preprocessing and names has made-up names") {
  const SavedModel<Net> saved{detail::default_net<Net>(),
                              saved_model(detail::default_net<Net>()).parameters};
  const json file = json::parse(text_as(saved, LwtnnForm::sequential));
  CHECK(file.at("inputs").at(2) == json{{"name", "feature_2"}, {"offset", 0.0}, {"scale", 1.0}});
  CHECK(file.at("defaults") == json::object());
  CHECK(file.at("outputs") == json{"score_0", "score_1", "score_2"});
}

TEST_CASE("a net that lwtnn cannot say is refused, by its layer or name") {
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
  CHECK(refused(twice) ==
        "SavedModel::class_names = class 2, must be there once, because lwtnn goes by names");
  SavedModel<Everything> flat = saved_model(everything);
  flat.parameters[20 + 3] = 0;  // the fourth factor of BatchNorm, after a Dense of 20 parameters
  CHECK(refused(flat) ==
        "layer 4 of the net, BatchNorm, has a factor of 0, which has no form in lwtnn's JSON");
}
