#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <tributary/core/file.hpp>
#include <tributary/core/random.hpp>
#include <tributary/data/standard_scaler.hpp>
#include <tributary/inference/json.hpp>
#include <tributary/inference/saved_model.hpp>
#include <tributary/model/batch_norm.hpp>
#include <type_traits>
#include <vector>

#include "../data/support.hpp"

namespace tributary {

/// A net as after training: no parameter is 0 or 1, and -999 is a missing feature.
template <class Net>
SavedModel<Net> saved_model(const Net& net) {
  using S = typename Net::Scalar;
  SavedModel<Net> saved{net, Vector<S>(net.parameter_count())};
  Rng rng = Seed{7}.rng();
  net.initialize(saved.parameters, rng);
  for (S& parameter : saved.parameters) parameter += static_cast<S>(0.1 * normal(rng));
  Index offset = 0;
  net.describe([&]<class L>(const L&, Index inputs, Index, Index count) {
    if constexpr (std::is_same_v<L, BatchNorm>)
      for (S& variance : saved.parameters.segment(offset + 3 * inputs, inputs)) variance += 2;
    offset += count;
  });
  StandardScaler scaler;
  Imputer imputer;
  for (Index i = 0; i < net.inputs(); ++i) {
    scaler.mean.push_back(10 * normal(rng));
    scaler.scale.push_back(0.1 + uniform(rng));
    scaler.feature_names.push_back("feature " + std::to_string(i) + " \"µ\"");
    imputer.values.push_back(scaler.mean.back() + 0.3);
  }
  saved.preprocessing = {imputer, scaler, -999};
  for (Index i = 0; i < net.outputs(); ++i)
    saved.class_names.push_back("class " + std::to_string(i));
  saved.provenance = {{"rule", "Easgd"}, {"epochs", "5"}};
  return saved;
}

/// The message of `load` for a file with this text, without the file's name; "" if it is accepted.
inline std::string refusal(const std::string& text, const auto& load) {
  const TemporaryFile file{text};
  std::string message;
  try {
    load(file.path());
    return "";
  } catch (const std::invalid_argument& error) {
    message = error.what();
  } catch (const FileError& error) {
    message = error.what();
  }
  const std::string name = file.path().string() + ": ";
  return message.starts_with(name) ? message.substr(name.size())
                                   : "no name of the file: " + message;
}

/// The text of a file that `save` writes.
inline std::string text_of(const auto& save) {
  const TemporaryFile file{""};
  save(file.path());
  return std::string{FileContents{file.path()}.bytes()};
}

/// Saves a default net and loads it as another.
template <class Saved, class Loaded>
std::string refusal_as() {
  const std::string text = text_of(
      [](const auto& path) { save_model(path, saved_model(detail::default_net<Saved>())); });
  return refusal(text, [](const auto& path) { load_model<Loaded>(path); });
}

/// Replaces each single value in the JSON by each of these: calls f(pointer, changed).
inline void for_each_change(const nlohmann::json& whole, const auto& f) {
  using nlohmann::json;
  const std::vector<json> others{nullptr,
                                 true,
                                 -1,
                                 7,
                                 2.5e300,
                                 "x",
                                 json::array(),
                                 json::object(),
                                 json::array({json::array({1}), "y"}),
                                 {{"alpha", json::array()}}};
  const auto visit = [&](const auto& self, const json::json_pointer& at) -> void {
    for (const json& other : others) {
      if (whole[at] == other) continue;
      json changed = whole;
      changed[at] = other;
      f(at, changed);
    }
    if (whole[at].is_object()) {
      for (const auto& [key, value] : whole[at].items()) self(self, at / key);
    } else {  // the first elements: the others are like them
      for (std::size_t i = 0; i < std::min<std::size_t>(whole[at].size(), 3); ++i)
        if (whole[at].is_array()) self(self, at / i);
    }
  };
  visit(visit, json::json_pointer{});
}

}  // namespace tributary
