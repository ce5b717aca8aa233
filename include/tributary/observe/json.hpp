#pragma once

// JSON of what observers keep; needs nlohmann/json (tributary::json).
#include <cmath>
#include <nlohmann/json.hpp>
#include <tributary/observe/history.hpp>

namespace tributary {

/// One array a column, all of one length. What is not a number is null.
inline void to_json(nlohmann::json& json, const History& history) {
  json = {{"version", nlohmann::json::array()},   {"worker", nlohmann::json::array()},
          {"staleness", nlohmann::json::array()}, {"loss", nlohmann::json::array()},
          {"accuracy", nlohmann::json::array()},  {"events", nlohmann::json::array()},
          {"seconds", nlohmann::json::array()}};
  for (const History::Row& row : history.rows) {
    json["version"].push_back(row.version);
    json["worker"].push_back(row.worker);
    json["staleness"].push_back(row.staleness);
    json["loss"].push_back(row.loss);  // NaN is written as null
    json["accuracy"].push_back(row.accuracy);
    json["events"].push_back(row.events);
    json["seconds"].push_back(row.seconds);
  }
}

}  // namespace tributary
