// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/training_diverged.hpp>
#include <tributary/data/csv_table.hpp>
#include <tributary/data/events.hpp>
#include <type_traits>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

/// Numbers by name, such as {{"AUC", 0.91}, {"seconds", 12}}.
using NamedValues = std::vector<std::pair<std::string, double>>;

/// The settings of one run of a scan.
struct ScanPoint {
  NamedValues settings = {};

  /// Throws std::invalid_argument for an unknown name.
  double operator[](std::string_view name) const {
    std::string known;
    for (const auto& [setting, value] : settings) {
      if (setting == name) return value;
      known += (known.empty() ? "" : ", ") + setting;
    }
    require(false, "ScanPoint: setting", name, "one of " + known);
    return 0;  // never
  }
  /// The same as an integer, such as get<int>("workers"). Throws also for a number that T lacks.
  template <std::integral T>
  T get(std::string_view name) const {
    const double value = (*this)[name];
    // Both bounds are exact: powers of 2, or 0.
    const double end = std::ldexp(1.0, std::numeric_limits<T>::digits);
    require(value == std::trunc(value) && value < end &&
                value >= static_cast<double>(std::numeric_limits<T>::lowest()),
            "ScanPoint: setting " + std::string{name}, value, "a whole number of the wanted type");
    return static_cast<T>(value);
  }
};

/// Runs all combinations of some settings, the last setting fastest, and returns one row for each:
/// its settings and its results.
///
///   const CsvTable table = scan({{"workers", {1, 4}}, {"learning_rate", {0.1, 0.01, 0.001}}},
///       [&](const ScanPoint& at) -> NamedValues {
///         const Trainer trainer{net, InProcess{.workers = at.get<int>("workers")}, Averaging{},
///                               Adam{.learning_rate = at["learning_rate"]}};
///         const auto trained = trainer.train(training, options);
///         return {{"AUC", roc_auc(predict(trained, test), test)}};
///       });
///   std::cout << table.text();  // or write_csv("scan.csv", table)
///
/// A run that throws TrainingDiverged has missing results, and the scan goes on. Other exceptions
/// are passed on. Throws std::invalid_argument, before the first run, without settings or for a name
/// that is empty or repeated; and if the results of two runs have different names.
template <class F>
requires std::is_invocable_r_v<NamedValues, F&, const ScanPoint&> CsvTable
scan(const std::vector<std::pair<std::string, std::vector<double>>>& settings, F&& run) {
  require(!settings.empty(), "scan: settings", "none", "at least one");
  const auto check_names = [](const CsvTable& table) {
    std::vector<std::string> names;
    names.reserve(table.columns.size());
    for (const Column& column : table.columns) names.push_back(column.name);
    for (const std::string& name : names)
      require(!name.empty(), "scan: a name", "\"\"", "not empty");
    detail::require_all_different(names, "scan: names");
  };
  CsvTable table{.name = "scan"};
  std::size_t runs = 1;
  for (const auto& [name, values] : settings) {
    require(!values.empty(), "scan: values of " + name, values.size(), "at least one");
    table.columns.push_back({.name = name});
    runs *= values.size();
  }
  check_names(table);

  std::vector<std::optional<NamedValues>> results;
  for (std::size_t i = 0; i < runs; ++i) {
    ScanPoint point;
    std::size_t combinations = runs, rest = i;
    for (std::size_t k = 0; k < settings.size(); ++k) {
      const auto& [name, values] = settings[k];
      combinations /= values.size();
      const double value = values[rest / combinations];
      rest %= combinations;
      point.settings.emplace_back(name, value);
      table.columns[k].values.push_back(value);
    }
    try {
      results.emplace_back(run(point));
    } catch (const TrainingDiverged&) {
      results.emplace_back();
    }
    if (!results.back()) continue;
    if (table.columns.size() == settings.size()) {  // the first results
      for (const auto& [name, value] : *results.back()) table.columns.push_back({.name = name});
      check_names(table);
    }
    const NamedValues& found = *results.back();
    bool same = found.size() + settings.size() == table.columns.size();
    for (std::size_t k = 0; same && k < found.size(); ++k)
      same = found[k].first == table.columns[settings.size() + k].name;
    require(same, "scan: results of run", i, "with the names of those before");
  }
  for (std::size_t k = settings.size(); k < table.columns.size(); ++k)
    for (const auto& result : results)
      table.columns[k].values.push_back(result ? (*result)[k - settings.size()].second
                                               : std::numeric_limits<double>::quiet_NaN());
  return table;
}

}  // namespace tributary::inline v0_1
