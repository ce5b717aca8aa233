#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <tributary/inference/lwtnn.hpp>
#include <vector>

#include "saved.hpp"

namespace tributary {

// Evaluates a file as lwtnn does, in double; an independent implementation after lwtnn 2.14.

using Values = std::map<std::string, double>;

inline void activate(std::vector<double>& x, const nlohmann::json& activation) {
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
    const double most = *std::max_element(x.begin(), x.end());
    for (double& z : x) sum += z = std::exp(z - most);
    for (double& z : x) z /= sum;
  } else {
    for (double& z : x) z = functions.at(function)(z);
  }
}

inline std::vector<double> apply_layer(const nlohmann::json& layer, const std::vector<double>& x) {
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

/// The event after lwt::NanReplacer, which its program calls: lwtnn itself replaces nothing. A
/// sequential net has its defaults apart, a graph beside each variable.
inline Values nan_replaced(const nlohmann::json& file, Values event) {
  const bool graph = file.contains("nodes");
  for (const nlohmann::json& variable :
       graph ? file.at("inputs").at(0).at("variables") : file.at("inputs")) {
    const std::string name = variable.at("name");
    const nlohmann::json& defaults = graph ? variable : file.at("defaults");
    const std::string key = graph ? "default" : name;
    if (std::isnan(event.at(name)) && defaults.contains(key)) event[name] = defaults.at(key);
  }
  return event;
}

inline std::vector<double> scaled(const nlohmann::json& variables, const Values& event) {
  std::vector<double> x;
  for (const nlohmann::json& variable : variables)
    x.push_back((event.at(variable.at("name")) + variable.at("offset").get<double>()) *
                variable.at("scale").get<double>());
  return x;
}

inline Values run_lwtnn(const nlohmann::json& file, const Values& event) {
  std::vector<double> x;
  nlohmann::json labels;
  if (file.contains("nodes")) {
    REQUIRE(file.at("input_sequences").empty());
    const nlohmann::json& output = file.at("outputs").at("scores");
    labels = output.at("labels");
    const std::function<std::vector<double>(const nlohmann::json&)> node =
        [&](const nlohmann::json& index) {
          const nlohmann::json& here = file.at("nodes").at(index.get<std::size_t>());
          const nlohmann::json& source = here.at("sources").at(0);
          if (here.at("type") == "input") {
            const nlohmann::json& inputs = file.at("inputs").at(source.get<std::size_t>());
            REQUIRE(here.at("size") == inputs.at("variables").size());
            return scaled(inputs.at("variables"), event);
          }
          REQUIRE(here.at("type") == "feed_forward");
          return apply_layer(file.at("layers").at(here.at("layer_index").get<std::size_t>()),
                             node(source));
        };
    x = node(output.at("node_index"));
  } else {
    labels = file.at("outputs");
    x = scaled(file.at("inputs"), event);
    for (const nlohmann::json& layer : file.at("layers")) x = apply_layer(layer, x);
  }
  Values scores;
  for (std::size_t i = 0; i < x.size(); ++i) scores[labels.at(i)] = x[i];
  return scores;
}

inline std::string text_as(const auto& saved, LwtnnForm form) {
  return text_of([&](const auto& path) { save_lwtnn(path, saved, form); });
}

/// Our scores and those of lwtnn, of the events of the self-test and one with a missing feature.
template <class N>
void check_scores(const SavedModel<N>& saved, LwtnnForm form, double tolerance) {
  const nlohmann::json file = nlohmann::json::parse(text_as(saved, form));
  std::vector<std::vector<double>> events{{1, std::nan(""), -2}};
  for (std::size_t i = 0; i < 3; ++i)  // those without a missing feature
    events.push_back(file.at("self_test").at("cases").at(i).at("features"));
  for (const std::vector<double>& features : events) {
    Values event;
    for (std::size_t i = 0; i < 3; ++i) event[saved.preprocessing.feature_names[i]] = features[i];
    const std::vector<double> ours = detail::scores_of(saved)(features);
    const Values theirs = run_lwtnn(file, nan_replaced(file, event));
    CHECK(theirs.size() == ours.size());
    for (std::size_t k = 0; k < ours.size(); ++k)
      CHECK(std::abs(theirs.at(saved.class_names[k]) - ours[k]) < tolerance);
  }
}

}  // namespace tributary
