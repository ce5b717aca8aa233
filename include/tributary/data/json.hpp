// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/data/imputer.hpp>
#include <tributary/data/min_max_scaler.hpp>
#include <tributary/data/one_hot_encoder.hpp>
#include <tributary/data/standard_scaler.hpp>
#include <vector>

/// Conversions: nlohmann::json json = scaler; and json.get<StandardScaler>(). Numbers keep every
/// bit. A wrong field throws std::invalid_argument, which names it. A NaN `missing` is null or left
/// out.
namespace tributary::inline v0_1 {
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

inline nlohmann::json missing_in_json(double missing) {
  return is_nan(missing) ? nlohmann::json() : nlohmann::json(missing);
}
inline double get_missing(const nlohmann::json& json, const std::string& type) {
  if (!json.contains("missing") || json["missing"].is_null())
    return std::numeric_limits<double>::quiet_NaN();
  return get_field<double>(json, type, "missing");
}

}  // namespace detail

inline void to_json(nlohmann::json& json, const StandardScaler& scaler) {
  json = {{"mean", scaler.mean},
          {"scale", scaler.scale},
          {"feature_names", scaler.feature_names},
          {"missing", detail::missing_in_json(scaler.missing)}};
}
inline void from_json(const nlohmann::json& json, StandardScaler& scaler) {
  using detail::get_field;
  scaler = {get_field<std::vector<double>>(json, "StandardScaler", "mean"),
            get_field<std::vector<double>>(json, "StandardScaler", "scale"),
            get_field<std::vector<std::string>>(json, "StandardScaler", "feature_names"),
            detail::get_missing(json, "StandardScaler")};
  scaler.validate();
}

inline void to_json(nlohmann::json& json, const MinMaxScaler& scaler) {
  json = {{"minimum", scaler.minimum},
          {"scale", scaler.scale},
          {"feature_names", scaler.feature_names},
          {"missing", detail::missing_in_json(scaler.missing)}};
}
inline void from_json(const nlohmann::json& json, MinMaxScaler& scaler) {
  using detail::get_field;
  scaler = {get_field<std::vector<double>>(json, "MinMaxScaler", "minimum"),
            get_field<std::vector<double>>(json, "MinMaxScaler", "scale"),
            get_field<std::vector<std::string>>(json, "MinMaxScaler", "feature_names"),
            detail::get_missing(json, "MinMaxScaler")};
  scaler.validate();
}

inline void to_json(nlohmann::json& json, const Imputer& imputer) {
  json = {{"values", imputer.values},
          {"feature_names", imputer.feature_names},
          {"missing", detail::missing_in_json(imputer.missing)}};
}
inline void from_json(const nlohmann::json& json, Imputer& imputer) {
  using detail::get_field;
  imputer = {get_field<std::vector<double>>(json, "Imputer", "values"),
             get_field<std::vector<std::string>>(json, "Imputer", "feature_names"),
             detail::get_missing(json, "Imputer")};
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

}  // namespace tributary::inline v0_1
