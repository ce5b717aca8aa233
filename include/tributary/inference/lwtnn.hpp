// SPDX-License-Identifier: Apache-2.0
#pragma once

// Files of lwtnn; needs nlohmann/json (tributary::json).
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tributary/core/file.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/type_name.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/preprocessing.hpp>
#include <tributary/inference/detail/json_file.hpp>
#include <tributary/inference/json.hpp>
#include <tributary/inference/saved_model.hpp>
#include <tributary/model/activations.hpp>
#include <tributary/model/batch_norm.hpp>
#include <tributary/model/cross_entropy.hpp>
#include <tributary/model/declarations.hpp>
#include <tributary/model/dense.hpp>
#include <tributary/model/dropout.hpp>
#include <tributary/model/flatten.hpp>
#include <tributary/model/hinge.hpp>
#include <tributary/model/image.hpp>
#include <tributary/model/regression.hpp>
#include <tributary/model/shape.hpp>
#include <tributary/model/softmax.hpp>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

/// The two forms of lwtnn's JSON: `layers` for LightweightNeuralNetwork, `nodes` for
/// LightweightGraph and FastGraph.
enum class LwtnnForm { sequential, graph };

namespace detail {

/// Name of an activation or a head in lwtnn.
constexpr const char* lwtnn_function(const Linear&) { return "linear"; }
constexpr const char* lwtnn_function(const Relu&) { return "rectified"; }
constexpr const char* lwtnn_function(const LeakyRelu&) { return "leakyrelu"; }
constexpr const char* lwtnn_function(const Elu&) { return "elu"; }
constexpr const char* lwtnn_function(const Tanh&) { return "tanh"; }
constexpr const char* lwtnn_function(const Sigmoid&) { return "sigmoid"; }
constexpr const char* lwtnn_function(const HardSigmoid&) { return "hard_sigmoid"; }
constexpr const char* lwtnn_function(const Swish&) { return "swish"; }
constexpr const char* lwtnn_function(const Softmax&) { return "softmax"; }
constexpr const char* lwtnn_function(const SoftmaxCrossEntropy&) { return "softmax"; }
constexpr const char* lwtnn_function(const SigmoidCrossEntropy&) { return "sigmoid"; }
constexpr const char* lwtnn_function(const MeanSquaredError&) { return "linear"; }
constexpr const char* lwtnn_function(const MeanAbsoluteError&) { return "linear"; }
constexpr const char* lwtnn_function(const Hinge&) { return "linear"; }

/// The alpha of activations that have one in lwtnn.
constexpr double lwtnn_alpha(const LeakyRelu& activation) { return activation.slope; }
constexpr double lwtnn_alpha(const Elu& activation) { return activation.alpha; }
constexpr double lwtnn_alpha(const Swish&) { return 1; }
inline void set_lwtnn_alpha(LeakyRelu& activation, double alpha) { activation.slope = alpha; }
inline void set_lwtnn_alpha(Elu& activation, double alpha) { activation.alpha = alpha; }

template <class L>
constexpr bool passes_through = std::same_as<L, Dropout> || std::same_as<L, Flatten>;
template <int Height, int Width, int Channels>
constexpr bool passes_through<Image<Height, Width, Channels>> = true;

template <class L>
constexpr bool is_dense = false;
template <int In, int Out>
constexpr bool is_dense<Dense<In, Out>> = true;

/// "layer 3 of the net, Conv2D,", counted from 1.
template <class L>
std::string named_layer(std::size_t position) {
  return "layer " + std::to_string(position + 1) + " of the net, " + plain_type_name<L>() + ',';
}
template <class L>
[[noreturn]] void fail_for_lwtnn(std::size_t position) {
  throw std::invalid_argument{named_layer<L>(position) + " has no form in lwtnn's JSON"};
}

/// W by rows, then b.
template <Real S, int In, int Out>
nlohmann::json dense_to_lwtnn(const Dense<In, Out>&, const S* p) {
  std::vector<double> weights;
  weights.reserve(std::size_t{In} * Out);
  for (Index output = 0; output < Out; ++output) {
    for (Index input = 0; input < In; ++input)
      weights.push_back(static_cast<double>(p[DensePart<S, In, Out>::place(output, input)]));
  }
  const S* const bias = p + DensePart<S, In, Out>::weight_count;
  return {{"architecture", "dense"},
          {"activation", "linear"},
          {"weights", std::move(weights)},
          {"bias", std::vector<double>(bias, bias + Out)}};
}
inline constexpr const char* too_large_for_scalar = "a number that the net's scalar holds";

/// The values of an array, checked to be in the range of S.
template <Real S>
std::vector<double> numbers_as(const JsonField& json) {
  std::vector<double> numbers = json.numbers();
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (!(std::abs(numbers[i]) <= static_cast<double>(std::numeric_limits<S>::max())))
      json[i].fail(too_large_for_scalar);
  return numbers;
}
template <Real S, int In, int Out>
void dense_from_lwtnn(const Dense<In, Out>&, const JsonField& json, S* p) {
  const std::vector<double> weights = numbers_as<S>(json["weights"]),
                            bias = numbers_as<S>(json["bias"]);
  json["weights"].expect_size(std::size_t{In} * Out);
  if (!bias.empty()) json["bias"].expect_size(Out);
  for (Index output = 0; output < Out; ++output) {
    for (Index input = 0; input < In; ++input)
      p[DensePart<S, In, Out>::place(output, input)] =
          static_cast<S>(weights[static_cast<std::size_t>(output * In + input)]);
  }
  S* const out = p + DensePart<S, In, Out>::weight_count;
  std::fill_n(out, Out, S{0});
  std::ranges::transform(bias, out, [](double b) { return static_cast<S>(b); });
}

/// lwtnn has y = w (x + b): w = γ / √(σ² + ε), b = β / w − μ. A w that is 0, or so small that b
/// overflows float, becomes `least`: y differs by least · x.
template <Real S>
nlohmann::json batch_norm_to_lwtnn(const BatchNorm& layer, Index inputs, const S* p,
                                   std::size_t position) {
  std::vector<double> weights, bias;
  for (Index i = 0; i < inputs; ++i) {
    const double factor = p[i], offset = p[inputs + i], mean = p[2 * inputs + i],
                 variance = p[3 * inputs + i];
    constexpr double least = 1e-25;
    double weight = factor / std::sqrt(variance + layer.epsilon);
    if (std::abs(weight) < least) weight = std::copysign(least, weight);
    weights.push_back(weight);
    bias.push_back(offset / weight - mean);
    if (!is_finite(bias.back()))
      throw std::invalid_argument{named_layer<BatchNorm>(position) +
                                  " has values that are too large for lwtnn's JSON"};
  }
  return {{"architecture", "normalization"},
          {"activation", "linear"},
          {"weights", std::move(weights)},
          {"bias", std::move(bias)}};
}
/// Sets γ = w and σ² + ε = 1. Usually β = 0 and μ = −b. If w b is in the range of scaled features,
/// β = w b and μ = 0, as b may be very large for a small w.
template <Real S>
void batch_norm_from_lwtnn(const BatchNorm& layer, Index inputs, const JsonField& json, S* p) {
  const std::vector<double> weights = numbers_as<S>(json["weights"]),
                            bias = numbers_as<S>(json["bias"]);
  json["weights"].expect_size(static_cast<std::size_t>(inputs));
  json["bias"].expect_size(static_cast<std::size_t>(inputs));
  for (std::size_t i = 0; i < weights.size(); ++i, ++p) {
    const double constant = weights[i] * bias[i];
    const bool small = std::abs(constant) <= 2 || std::abs(bias[i]) > 1e30;
    if (small && std::abs(constant) > static_cast<double>(std::numeric_limits<S>::max()))
      json["bias"][i].fail(std::string{too_large_for_scalar} + " times its weight");
    p[0] = static_cast<S>(weights[i]);
    p[inputs] = small ? static_cast<S>(constant) : S{0};
    p[2 * inputs] = small ? S{0} : static_cast<S>(-bias[i]);
    p[3 * inputs] = static_cast<S>(1 - layer.epsilon);
  }
}

template <Layered Net>
nlohmann::json layers_to_lwtnn(const SavedModel<Net>& saved) {
  nlohmann::json layers = nlohmann::json::array();
  const auto* p = saved.parameters.data();
  std::size_t position = 0;
  saved.net.describe([&]<class L>(const L& layer, Index inputs, Index, Index parameters) {
    if constexpr (is_dense<L>) {
      layers.push_back(dense_to_lwtnn(layer, p));
    } else if constexpr (std::same_as<L, BatchNorm>) {
      if (parameters != 4 * inputs) fail_for_lwtnn<L>(position);  // for the channels of an image
      layers.push_back(batch_norm_to_lwtnn(layer, inputs, p, position));
    } else if constexpr (requires { lwtnn_function(layer); }) {
      nlohmann::json activation = lwtnn_function(layer);
      if constexpr (requires { lwtnn_alpha(layer); })
        activation = {{"function", activation}, {"alpha", lwtnn_alpha(layer)}};
      const bool follows = !layers.empty() && layers.back()["architecture"] == "dense" &&
                           layers.back()["activation"] == "linear";
      if (follows) {
        layers.back()["activation"] = activation;
      } else if (activation != "linear") {  // a dense layer without weights is only its activation
        layers.push_back({{"architecture", "dense"},
                          {"activation", activation},
                          {"weights", nlohmann::json::array()},
                          {"bias", nlohmann::json::array()}});
      }
    } else if constexpr (!passes_through<L>) {
      fail_for_lwtnn<L>(position);
    }
    p += parameters;
    ++position;
  });
  return layers;
}

/// A distinct name for each: the given ones, or prefix0, prefix1, …
inline std::vector<std::string> lwtnn_names(std::vector<std::string> names, Index count,
                                            const std::string& prefix, const std::string& field) {
  if (names.empty()) {
    for (Index i = 0; i < count; ++i) names.push_back(prefix + std::to_string(i));
  }
  std::set<std::string> seen;
  for (const std::string& name : names)
    require(seen.insert(name).second, field, name,
            "unique, because lwtnn identifies inputs and outputs by name");
  return names;
}

template <Layered Net>
nlohmann::json model_to_lwtnn(const SavedModel<Net>& saved, LwtnnForm form) {
  const Preprocessing& preprocessing = saved.preprocessing;
  const std::vector<std::string> names = lwtnn_names(
      preprocessing.feature_names, saved.net.inputs(), "feature_", "Preprocessing::feature_names");
  const std::vector<std::string> labels =
      lwtnn_names(saved.class_names, saved.net.outputs(), "score_", "SavedModel::class_names");
  nlohmann::json inputs = nlohmann::json::array(), defaults = nlohmann::json::object();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool scaled = !preprocessing.offset.empty();
    inputs.push_back({{"name", names[i]},
                      {"offset", scaled ? preprocessing.offset[i] : 0.0},
                      {"scale", scaled ? preprocessing.scale[i] : 1.0}});
    if (preprocessing.defaults.empty() || is_nan(preprocessing.defaults[i])) continue;
    defaults[names[i]] = preprocessing.defaults[i];
    if (form == LwtnnForm::graph) inputs.back()["default"] = preprocessing.defaults[i];
  }
  nlohmann::json layers = layers_to_lwtnn(saved);
  if (form == LwtnnForm::sequential) {
    return {{"inputs", std::move(inputs)},
            {"defaults", std::move(defaults)},
            {"layers", std::move(layers)},
            {"outputs", labels}};
  }
  using nlohmann::json;
  json nodes = json::array();
  nodes.push_back({{"type", "input"}, {"sources", json::array({0})}, {"size", names.size()}});
  for (std::size_t i = 0; i < layers.size(); ++i) {
    nodes.push_back({{"type", "feed_forward"}, {"sources", json::array({i})}, {"layer_index", i}});
  }
  const json event = {{"name", "event"}, {"variables", std::move(inputs)}};
  const json scores = {{"labels", labels}, {"node_index", layers.size()}};
  return {{"inputs", json::array({event})},
          {"input_sequences", json::array()},
          {"layers", std::move(layers)},
          {"nodes", std::move(nodes)},
          {"outputs", {{"scores", scores}}}};
}

/// One operation of lwtnn: "dense" (a product), "normalization" or an activation.
struct LwtnnStep {
  std::string kind;
  JsonField json;
};

inline std::vector<LwtnnStep> lwtnn_steps(const JsonField& layer) {
  std::vector<LwtnnStep> steps;
  const JsonField architecture = layer["architecture"];
  if (architecture.text() == "normalization") return {{"normalization", layer}};
  architecture.expect("dense");
  if (layer["weights"].size() > 0) {
    steps.push_back({"dense", layer});
  } else {
    layer["bias"].expect_size(0);
  }
  const JsonField activation = layer["activation"];
  const bool object = activation.value().is_object();
  const std::string& function = (object ? activation["function"] : activation).text();
  if (!object && (function == "swish" || function == "leakyrelu"))
    activation.fail("an object of function and alpha, without which lwtnn computes NaN");
  if (function != "linear") steps.push_back({function, activation});
  return steps;
}

/// The layers of a file in the order of evaluation.
inline std::vector<JsonField> ordered_lwtnn_layers(const JsonField& json) {
  const JsonField layers = json["layers"];
  std::vector<JsonField> ordered;
  if (!json.contains("nodes")) {
    for (std::size_t i = 0; i < layers.size(); ++i) ordered.push_back(layers[i]);
    return ordered;
  }
  const JsonField nodes = json["nodes"], outputs = json["outputs"];
  json["input_sequences"].expect_size(0);
  std::size_t at = outputs[outputs.only_key()]["node_index"].index(nodes.size());
  while (nodes[at]["type"].text() != "input") {
    const JsonField node = nodes[at];
    node["type"].expect("feed_forward");
    ordered.insert(ordered.begin(), layers[node["layer_index"].index(layers.size())]);
    if (ordered.size() > nodes.size()) nodes.fail("nodes without a cycle");
    node["sources"].expect_size(1);
    at = node["sources"][0].index(nodes.size());
  }
  nodes[at]["sources"].expect_size(1);
  nodes[at]["sources"][0].index(1);
  return ordered;
}

/// Passes the steps of a file in order to the layers of a net.
class LwtnnReader {
 public:
  explicit LwtnnReader(const JsonField& json) : json_{json} {
    for (const JsonField& layer : ordered_lwtnn_layers(json))
      for (LwtnnStep& step : lwtnn_steps(layer)) steps_.push_back(std::move(step));
  }

  /// Reads settings and parameters of the layer at this position.
  template <class L, Real S>
  void read(L& layer, std::size_t position, Index inputs, Index parameters, S* p) {
    if constexpr (is_dense<L>) {
      dense_from_lwtnn(layer, take<L>("dense", position), p);
    } else if constexpr (std::same_as<L, BatchNorm>) {
      if (parameters != 4 * inputs) fail_for_lwtnn<L>(position);  // for the channels of an image
      batch_norm_from_lwtnn(layer, inputs, take<L>("normalization", position), p);
    } else if constexpr (requires { lwtnn_function(layer); }) {
      const std::string_view function = lwtnn_function(layer);
      if (function == "linear") return;
      const JsonField activation = take<L>(function, position);
      if constexpr (requires { lwtnn_alpha(layer); }) {
        const double alpha = activation.value().is_object() ? activation["alpha"].number() : 1;
        if constexpr (requires { set_lwtnn_alpha(layer, alpha); }) {
          set_lwtnn_alpha(layer, alpha);
        } else {
          if (alpha != lwtnn_alpha(layer))
            activation["alpha"].fail(nlohmann::json(lwtnn_alpha(layer)).dump());
        }
      }
    } else if constexpr (!passes_through<L>) {
      fail_for_lwtnn<L>(position);
    }
  }
  void expect_end() const {
    if (next_ < steps_.size())
      steps_[next_].json.fail_as("is " + steps_[next_].kind, "nothing after the head of the net");
  }

 private:
  template <class L>
  JsonField take(std::string_view kind, std::size_t position) {
    const std::string expected =
        std::string{kind} + " because " + named_layer<L>(position) + " is next";
    if (next_ == steps_.size()) json_["layers"].fail_as("ends too early", expected);
    const LwtnnStep& step = steps_[next_];
    if (step.kind != kind) step.json.fail_as("is " + step.kind, expected);
    ++next_;
    return step.json;
  }

  JsonField json_;
  std::vector<LwtnnStep> steps_ = {};
  std::size_t next_ = 0;
};

inline Preprocessing preprocessing_from_lwtnn(const JsonField& json) {
  Preprocessing preprocessing;
  const bool graph = json.contains("nodes");
  if (graph) json["inputs"].expect_size(1);
  const JsonField holder = graph ? json["inputs"][0] : json;
  const JsonField inputs = holder[graph ? "variables" : "inputs"];
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    preprocessing.feature_names.push_back(inputs[i]["name"].text());
    preprocessing.offset.push_back(inputs[i]["offset"].number());
    preprocessing.scale.push_back(inputs[i]["scale"].number());
  }
  // lwtnn reads the defaults of the sequential form from an object, or without one from the inputs,
  // as always in the graph form. Any input may lack a default.
  const bool apart = !graph && json.contains("defaults");
  if (apart && !json["defaults"].value().is_object() && json["defaults"].size() > 0)
    json["defaults"].fail("an object");
  bool any = false;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const JsonField holder_of_default = apart ? json["defaults"] : inputs[i];
    const std::string& key = apart ? preprocessing.feature_names[i] : "default";
    const bool has_one = holder_of_default.contains(key);
    any = any || has_one;
    preprocessing.defaults.push_back(has_one ? holder_of_default[key].number()
                                             : std::numeric_limits<double>::quiet_NaN());
  }
  if (!any) preprocessing.defaults.clear();
  // An addition of this library: lwtnn treats only NaN as missing.
  if (json.contains("preprocessing"))
    preprocessing.missing = json["preprocessing"]["missing"].number_or_nan();
  return preprocessing;
}

inline std::vector<std::string> labels_from_lwtnn(const JsonField& json) {
  const JsonField outputs = json["outputs"];
  if (!json.contains("nodes")) return outputs.texts();
  return outputs[outputs.only_key()]["labels"].texts();
}

}  // namespace detail

/// Writes a model to a JSON file for lwtnn (facts after version 2.14). It also has the fields of
/// save_model(), which lwtnn ignores: load_model() reads the same file, with all bits.
///
/// lwtnn reads defaults but does not apply them: its scores of NaN are NaN. A program with lwtnn
/// has to replace missing features first, as the Preprocessing does, for example
///
///   const lwt::NanReplacer replacer{config.defaults, lwt::rep::nan};  // config.inputs[0].defaults
///   const auto scores = network.compute(replacer.replace(event));     // in the graph form
///
/// A Preprocessing::missing such as -999 must be turned into NaN even before that. Features and
/// scores have the names in Preprocessing and SavedModel, or feature_0, … and score_0, …
///
/// lwtnn does not support images, Softplus, or your own layers. Its BatchNorm is a product and a
/// sum, with other rounding; factors below 1e-25 become 1e-25. Throws std::invalid_argument with
/// the layer or the field, and FileError.
template <detail::Layered Net>
void save_lwtnn(const std::filesystem::path& path, const SavedModel<Net>& saved,
                LwtnnForm form = LwtnnForm::sequential) {
  nlohmann::json json = detail::model_to_json(saved);
  json.update(detail::model_to_lwtnn(saved, form));
  detail::write_json(path, json);
}

/// Reads the lwtnn part of a JSON file in either form, from save_lwtnn() or lwtnn's converters: one
/// input node, no sequences, a chain of nodes. The net may have layers that do nothing at
/// prediction, such as Dropout, anywhere. A normalization fills BatchNorm. Numbers may be texts, as
/// in Boost's property tree, and inputs may lack a default. From a file of save_lwtnn() it also
/// reads the missing value and the provenance, and runs the self-test. In other files only NaN is
/// missing, so set Preprocessing::missing for events with -999.
///
/// Throws std::invalid_argument with file and field if the file does not fit the net or is damaged.
/// Throws FileError if it cannot be read or is not JSON.
template <detail::Layered Net>
SavedModel<Net> load_lwtnn(const std::filesystem::path& path,
                           const Net& net = detail::default_net<Net>()) {
  const FileContents file{path};
  const nlohmann::json whole = detail::parse_json(file);
  const detail::JsonField json{whole, file.name(), {}, detail::JsonNumbers::also_texts};
  Vector<typename Net::Scalar> parameters(net.parameter_count());

  struct Extent {
    Index inputs, parameters;
  };
  std::vector<Extent> extents;
  net.describe([&](const auto&, Index inputs, Index, Index count) {
    extents.push_back({inputs, count});
  });
  auto elements = net.elements();
  detail::LwtnnReader reader{json};
  auto* p = parameters.data();
  std::size_t position = 0;
  const auto read = [&](auto& element) {
    const Extent extent = extents[position];
    reader.read(element, position++, extent.inputs, extent.parameters, p);
    p += extent.parameters;
  };
  std::apply([&](auto&... element) { (read(detail::thawed(element)), ...); }, elements);
  reader.expect_end();

  SavedModel<Net> saved{.net = detail::net_of<Net>(json["layers"], std::move(elements)),
                        .parameters = std::move(parameters),
                        .preprocessing = detail::preprocessing_from_lwtnn(json),
                        .class_names = detail::labels_from_lwtnn(json)};
  if (json.contains("provenance"))
    saved.provenance = detail::provenance_from_json(json["provenance"]);
  detail::validate(json, saved);
  if (json.contains("self_test"))
    detail::run_self_test(json["self_test"], net.inputs(), detail::scores_of(saved));
  return saved;
}

}  // namespace tributary::inline v0_1
