#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <tributary/core/require.hpp>
#include <tributary/data/imputer.hpp>
#include <tributary/data/min_max_scaler.hpp>
#include <tributary/data/one_hot_encoder.hpp>
#include <tributary/data/standard_scaler.hpp>
#include <vector>

/// nlohmann::json json = scaler; and json.get<StandardScaler>(). Numbers keep every bit. What does
/// not hold what it should throws std::invalid_argument, which names the field.
namespace tributary {
namespace detail {

template <class T>
T get_field(const nlohmann::json& json, const std::string& type, const std::string& field) {
  if (!json.is_object() || !json.contains(field))
    throw std::invalid_argument{type + "::" + field + " is not in the JSON"};
  try {
    return json.at(field).get<T>();
  } catch (const nlohmann::json::exception& error) {
    throw std::invalid_argument{type + "::" + field + " in the JSON: " + error.what()};
  }
}

}  // namespace detail

inline void to_json(nlohmann::json& json, const StandardScaler& scaler) {
  json = {{"mean", scaler.mean}, {"scale", scaler.scale}, {"feature_names", scaler.feature_names}};
}
inline void from_json(const nlohmann::json& json, StandardScaler& scaler) {
  using detail::get_field;
  scaler = {get_field<std::vector<double>>(json, "StandardScaler", "mean"),
            get_field<std::vector<double>>(json, "StandardScaler", "scale"),
            get_field<std::vector<std::string>>(json, "StandardScaler", "feature_names")};
  scaler.validate();
}

inline void to_json(nlohmann::json& json, const MinMaxScaler& scaler) {
  json = {{"minimum", scaler.minimum},
          {"scale", scaler.scale},
          {"feature_names", scaler.feature_names}};
}
inline void from_json(const nlohmann::json& json, MinMaxScaler& scaler) {
  using detail::get_field;
  scaler = {get_field<std::vector<double>>(json, "MinMaxScaler", "minimum"),
            get_field<std::vector<double>>(json, "MinMaxScaler", "scale"),
            get_field<std::vector<std::string>>(json, "MinMaxScaler", "feature_names")};
  scaler.validate();
}

inline void to_json(nlohmann::json& json, const Imputer& imputer) {
  json = {{"values", imputer.values}, {"feature_names", imputer.feature_names}};
}
inline void from_json(const nlohmann::json& json, Imputer& imputer) {
  using detail::get_field;
  imputer = {get_field<std::vector<double>>(json, "Imputer", "values"),
             get_field<std::vector<std::string>>(json, "Imputer", "feature_names")};
  imputer.validate();
}

inline void to_json(nlohmann::json& json, const OneHotEncoder& encoder) {
  json = {{"columns", encoder.columns},
          {"values", encoder.values},
          {"unseen", encoder.unseen == Unseen::refuse ? "refuse" : "zeros"}};
}
inline void from_json(const nlohmann::json& json, OneHotEncoder& encoder) {
  using detail::get_field;
  const auto unseen = get_field<std::string>(json, "OneHotEncoder", "unseen");
  require(unseen == "refuse" || unseen == "zeros", "OneHotEncoder::unseen", unseen,
          "refuse or zeros");
  encoder = {get_field<std::vector<std::string>>(json, "OneHotEncoder", "columns"),
             get_field<std::vector<std::vector<std::string>>>(json, "OneHotEncoder", "values"),
             unseen == "refuse" ? Unseen::refuse : Unseen::zeros};
  encoder.validate();
}

}  // namespace tributary
