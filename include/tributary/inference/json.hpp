// SPDX-License-Identifier: Apache-2.0
#pragma once

// Files of models; needs nlohmann/json (tributary::json).
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <tributary/core/crc32c.hpp>
#include <tributary/core/fields.hpp>
#include <tributary/core/file.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/little_endian.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/type_name.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/preprocessing.hpp>
#include <tributary/inference/detail/base64.hpp>
#include <tributary/inference/detail/json_file.hpp>
#include <tributary/inference/detail/test_events.hpp>
#include <tributary/inference/saved_model.hpp>
#include <tributary/model/declarations.hpp>
#include <tributary/model/model.hpp>
#include <tributary/model/shape.hpp>
#include <tributary/observe/json.hpp>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

namespace detail {

/// A net that lists its layers, like Sequential.
template <class Net>
concept Layered = Predictive<Net> && requires(const Net net) {
  std::make_from_tuple<Net>(net.elements());
};

template <Layered Net>
Net default_net() {
  return std::make_from_tuple<Net>(
      std::remove_cvref_t<decltype(std::declval<const Net&>().elements())>{});
}

/// Numbers become numbers and aggregates arrays, as C++ does not provide the names of members.
/// Settings that cannot be written, such as functions, become null.
template <class T>
nlohmann::json settings_to_json(const T& setting) {
  if constexpr (std::is_enum_v<T>) {
    return static_cast<std::underlying_type_t<T>>(setting);
  } else if constexpr (std::is_arithmetic_v<T>) {
    return setting;
  } else if constexpr (HasFields<T>) {
    nlohmann::json fields = nlohmann::json::array();
    for_each_field(setting, [&](const auto& field) { fields.push_back(settings_to_json(field)); });
    return fields;
  } else {
    return nullptr;
  }
}

/// Reads a setting; null leaves it unchanged.
template <class T>
void settings_from_json(const JsonField& json, T& setting) {
  if constexpr (std::is_enum_v<T>) {
    std::underlying_type_t<T> number{};
    settings_from_json(json, number);
    setting = static_cast<T>(number);
  } else if constexpr (std::same_as<T, bool>) {
    if (!json.value().is_boolean()) json.fail("true or false");
    setting = json.value().get<bool>();
  } else if constexpr (std::is_arithmetic_v<T>) {
    const double number = json.number();
    if (!(number >= static_cast<double>(std::numeric_limits<T>::lowest()) &&
          number <= static_cast<double>(std::numeric_limits<T>::max())))
      json.fail("a number that is not too large");
    if (std::is_integral_v<T> && !json.value().is_number_integer()) json.fail("a whole number");
    setting = json.value().get<T>();
  } else if constexpr (HasFields<T>) {
    std::size_t count = 0;
    for_each_field(setting, [&](auto& field) { settings_from_json(json[count++], field); });
    json.expect_size(count);
  }
}

inline nlohmann::json shape_to_json(const Shape& shape) {
  if (shape.height * shape.width == 1) return nlohmann::json::array({shape.channels});
  return nlohmann::json::array({shape.height, shape.width, shape.channels});
}

inline nlohmann::json layer_to_json(const std::string& kind, const Shape& inputs,
                                    const Shape& outputs, Index parameters,
                                    nlohmann::json settings) {
  return {{"kind", kind},
          {"inputs", shape_to_json(inputs)},
          {"outputs", shape_to_json(outputs)},
          {"parameters", parameters},
          {"settings", std::move(settings)}};
}

template <Layered Net>
nlohmann::json architecture_to_json(const Net& net) {
  nlohmann::json all = nlohmann::json::array();
  net.describe([&]<class L>(const L& layer, const Shape& inputs, const Shape& outputs,
                            Index parameters) {
    nlohmann::json one =
        layer_to_json(plain_type_name<L>(), inputs, outputs, parameters, settings_to_json(layer));
    // Constants that the shapes do not show.
    if constexpr (requires { L::kernel; }) one["kernel"] = Index{L::kernel};
    if constexpr (requires { L::size; }) one["size"] = Index{L::size};
    if constexpr (requires { L::stride; }) one["stride"] = Index{L::stride};
    if constexpr (requires { L::padding; }) one["padding"] = static_cast<int>(L::padding);
    all.push_back(std::move(one));
  });
  return all;
}

/// Settings of layers and head that were read here.
template <Layered Net>
Net net_of(const JsonField& json, auto elements) {
  try {
    return std::make_from_tuple<Net>(std::move(elements));
  } catch (const std::invalid_argument& error) {
    json.fail_because(error);
  }
}

/// The architecture must agree with that of architecture_to_json(), except for the settings.
inline void expect_architecture(const JsonField& json, const nlohmann::json& expected) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    json[i]["kind"].expect(expected[i]["kind"]);  // first, as the other fields depend on it
    for (const auto& [key, value] : expected[i].items())
      if (key != "settings") json[i][key].expect(value);
  }
  json.expect_size(expected.size());
}

/// The net with the settings of the file.
template <Layered Net>
Net net_from_json(const JsonField& json, const Net& net) {
  expect_architecture(json, architecture_to_json(net));
  auto elements = net.elements();
  std::size_t i = 0;
  std::apply(
      [&](auto&... element) { (settings_from_json(json[i++]["settings"], thawed(element)), ...); },
      elements);
  return net_of<Net>(json, std::move(elements));
}

template <Real S>
constexpr const char* number_type = std::same_as<S, float> ? "float32" : "float64";
inline constexpr const char* weights_layout = "panels of 32";
/// Bytes in one piece of base64. Parsers that copy a growing text take three times as long with a
/// megabyte in one piece.
inline constexpr std::size_t weights_piece = 12288;

template <Real S>
nlohmann::json weights_to_json(const Vector<S>& parameters) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(parameters.size()) * sizeof(S));
  std::byte* at = bytes.data();
  for (const S parameter : parameters) at = store_little(at, parameter);
  nlohmann::json data = nlohmann::json::array();
  for (std::span<const std::byte> rest{bytes}; !rest.empty();) {
    const std::size_t size = std::min(rest.size(), weights_piece);
    data.push_back(to_base64(rest.first(size)));
    rest = rest.subspan(size);
  }
  return {{"type", number_type<S>},
          {"layout", weights_layout},
          {"crc32c", crc32c(bytes)},
          {"data", std::move(data)}};
}

/// Overwrites the bytes; the file must have the same number.
inline void bytes_from_json(const JsonField& json, std::span<std::byte> bytes) {
  json.expect_size((bytes.size() + weights_piece - 1) / weights_piece);
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string& text = json[i].text();
    const std::size_t size = std::min(bytes.size(), weights_piece);
    if (text.size() != base64_size(size))
      json[i].fail_as("has " + std::to_string(text.size()) + " characters",
                      std::to_string(base64_size(size)));
    if (!from_base64(text, bytes.first(size))) json[i].fail_as("has another character", "base64");
    bytes = bytes.subspan(size);
  }
}

template <Real S>
Vector<S> weights_from_json(const JsonField& json, Index count) {
  json["type"].expect(number_type<S>);
  json["layout"].expect(weights_layout);
  Vector<S> parameters(count);
  const auto bytes =
      std::as_writable_bytes(std::span{parameters.data(), static_cast<std::size_t>(count)});
  bytes_from_json(json["data"], bytes);
  const std::uint32_t checksum = crc32c(bytes);
  if (json["crc32c"].value() != checksum)
    json["crc32c"].fail(std::to_string(checksum) + ", the checksum of the data");
  for (Index i = 0; i < count; ++i) {
    parameters[i] = load_little<S>(bytes.data() + static_cast<std::size_t>(i) * sizeof(S));
    if (!is_finite(parameters[i]))
      json["data"].fail_as(
          "has " + std::to_string(parameters[i]) + " as number " + std::to_string(i),
          "finite numbers");
  }
  return parameters;
}

inline nlohmann::json preprocessing_to_json(const Preprocessing& preprocessing) {
  return {{"offset", preprocessing.offset},
          {"scale", preprocessing.scale},
          {"defaults", preprocessing.defaults},
          {"missing", number_in_json(preprocessing.missing)},
          {"feature_names", preprocessing.feature_names}};
}

inline Preprocessing preprocessing_from_json(const JsonField& json) {
  Preprocessing preprocessing;
  preprocessing.offset = json["offset"].numbers();
  preprocessing.scale = json["scale"].numbers();
  preprocessing.defaults = json["defaults"].numbers_or_nan();
  preprocessing.missing = json["missing"].number_or_nan();
  preprocessing.feature_names = json["feature_names"].texts();
  return preprocessing;
}

/// Scores of a model from an event's features: NaN if one is missing without a default.
using Scores = std::function<std::vector<double>(const std::vector<double>&)>;
template <Layered Net>
Scores scores_of(const SavedModel<Net>& saved) {
  return [&](const std::vector<double>& features) {
    using S = typename Net::Scalar;
    std::vector<S> x(features.size());
    std::ranges::transform(features, x.begin(), [](double f) { return static_cast<S>(f); });
    saved.preprocessing.apply(std::span{x});
    std::vector<S> scores(static_cast<std::size_t>(saved.net.outputs()),
                          std::numeric_limits<S>::quiet_NaN());
    const std::span parameters{saved.parameters.data(),
                               static_cast<std::size_t>(saved.parameters.size())};
    if (!has_nan(x)) static_cast<void>(saved.net.predict(parameters, x, scores));
    return std::vector<double>(scores.begin(), scores.end());
  };
}

template <Real S>
nlohmann::json self_test_to_json(const Preprocessing& preprocessing, Index inputs,
                                 const Scores& scores_of) {
  const Matrix<S> events = test_events<S>(preprocessing, inputs);
  nlohmann::json cases = nlohmann::json::array();
  double largest = 0;
  for (const auto& event : events.colwise()) {
    const std::vector<double> features(event.begin(), event.end());
    const std::vector<double> scores = scores_of(features);
    std::vector<S> seen(event.begin(), event.end());
    preprocessing.apply(std::span{seen});
    nlohmann::json expected = nlohmann::json::array();
    for (const double score : scores) {
      expected.push_back(number_in_json(score));
      if (has_nan(seen)) continue;
      require(is_finite(score), "SavedModel: a score of an event like those of the training", score,
              "finite (a net with BatchNorm must be calibrated)");
      largest = std::max(largest, std::abs(score));
    }
    nlohmann::json written = nlohmann::json::array();
    for (const double feature : features) written.push_back(number_in_json(feature));
    cases.push_back({{"features", std::move(written)}, {"scores", std::move(expected)}});
  }
  const double precision = std::same_as<S, float> ? 1e-4 : 1e-9;
  return {{"tolerance", precision * largest}, {"cases", std::move(cases)}};
}

inline void run_self_test(const JsonField& json, Index inputs, const Scores& scores_of) {
  const double tolerance = json["tolerance"].number();
  const JsonField cases = json["cases"];
  if (cases.size() == 0) cases.fail_as("is empty", "cases");
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const JsonField given = cases[i]["features"], expected = cases[i]["scores"];
    given.expect_size(static_cast<std::size_t>(inputs));
    std::vector<double> features(given.size());
    for (std::size_t k = 0; k < features.size(); ++k) features[k] = given[k].number_or_nan();
    const std::vector<double> scores = scores_of(features);
    expected.expect_size(scores.size());
    for (std::size_t k = 0; k < scores.size(); ++k) {
      const double score = expected[k].number_or_nan();
      if (is_nan(score) && is_nan(scores[k])) continue;
      if (is_finite(score) && is_finite(scores[k]) && std::abs(scores[k] - score) <= tolerance)
        continue;
      const nlohmann::json actual = number_in_json(scores[k]);
      expected[k].fail(actual.dump() + " within " + json["tolerance"].value().dump() +
                       ", as computed by the net");
    }
  }
}

template <Layered Net>
nlohmann::json model_to_json(const SavedModel<Net>& saved) {
  saved.validate();
  return {{"format", "tributary model"},
          {"version", 1},
          {"architecture", architecture_to_json(saved.net)},
          {"weights", weights_to_json(saved.parameters)},
          {"preprocessing", preprocessing_to_json(saved.preprocessing)},
          {"class_names", saved.class_names},
          {"provenance", saved.provenance},
          {"self_test", self_test_to_json<typename Net::Scalar>(
                            saved.preprocessing, saved.net.inputs(), scores_of(saved))}};
}

inline std::map<std::string, std::string> provenance_from_json(const JsonField& json) {
  if (!json.value().is_object()) json.fail("an object");
  std::map<std::string, std::string> provenance;
  for (const auto& [key, value] : json.value().items()) provenance[key] = json[key].text();
  return provenance;
}

/// Replaces exceptions of validate() by ones that name the file.
template <Layered Net>
void validate(const JsonField& json, const SavedModel<Net>& saved) {
  try {
    saved.validate();
  } catch (const std::invalid_argument& error) {
    json.fail_because(error);
  }
}

}  // namespace detail

/// Writes a model to a JSON file for load_model(), with cases for a self-test. The object has
///
///   format         "tributary model"
///   version        1
///   architecture   for each layer and the head: kind, shapes of its inputs and outputs, number of
///                  parameters, and settings in the order of its members
///   weights        the flat vector of parameters: type "float32" or "float64"; layout "panels of 32",
///                  see DensePart::place and Conv2D, equal on all machines; data, base64 of the
///                  little-endian values in pieces of 12288 bytes; crc32c of all the bytes
///   preprocessing  offset, scale, defaults (null: none), missing (null is NaN) and feature_names
///   class_names, provenance
///   self_test      tolerance (absolute, for a score), and cases of features (before the
///                  preprocessing) and scores; null is NaN, for a missing feature, and for the
///                  scores if it has no default
///
/// The file is replaced atomically. Throws std::invalid_argument for an inconsistent model, or one
/// with parameters that are not finite, and FileError.
template <detail::Layered Net>
void save_model(const std::filesystem::path& path, const SavedModel<Net>& saved) {
  detail::write_json(path, detail::model_to_json(saved));
}

/// Reads the output of save_model(), with all bits of the parameters, and runs the self-test. The
/// settings of the net are those of the file. Pass `net` for layers without a default constructor,
/// and for settings that a file cannot have, such as a function.
///
///   const auto saved = load_model<Net>("net.json");
///
/// Throws std::invalid_argument with file and field for another format, version or net, a damaged
/// file, or a failed self-test. Throws FileError if the file cannot be read or is not JSON.
template <detail::Layered Net>
SavedModel<Net> load_model(const std::filesystem::path& path,
                           const Net& net = detail::default_net<Net>()) {
  const FileContents file{path};
  const nlohmann::json whole = detail::parse_json(file);
  const detail::JsonField json{whole, file.name()};
  json["format"].expect("tributary model");
  json["version"].expect(1);
  SavedModel<Net> saved{.net = detail::net_from_json(json["architecture"], net),
                        .parameters = detail::weights_from_json<typename Net::Scalar>(
                            json["weights"], net.parameter_count()),
                        .preprocessing = detail::preprocessing_from_json(json["preprocessing"]),
                        .class_names = json["class_names"].texts(),
                        .provenance = detail::provenance_from_json(json["provenance"])};
  detail::validate(json, saved);
  detail::run_self_test(json["self_test"], net.inputs(), detail::scores_of(saved));
  return saved;
}

}  // namespace tributary::inline v0_1
