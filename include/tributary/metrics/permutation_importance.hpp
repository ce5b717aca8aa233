// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <numeric>
#include <span>
#include <string>
#include <tributary/core/measurements.hpp>
#include <tributary/core/random.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/csv_table.hpp>
#include <tributary/data/events.hpp>
#include <type_traits>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

struct PermutationOptions {
  int repeats = 5;  ///< Permutations of each feature.
  Seed seed = {};

  /// Throws std::invalid_argument naming the field.
  void validate() const {
    require(repeats >= 1, "PermutationOptions::repeats", repeats, "at least 1");
  }
};

/// The importance of a feature: the decrease of a score if the feature is permuted, once a repeat.
struct FeatureImportance {
  std::string feature;
  Measurements decrease = {};
};

/// How much a score depends on each feature: the score of the events minus that of the events in
/// which this feature's values are permuted (Breiman, Random Forests, Machine Learning 45, 2001,
/// section 10; Fisher, Rudin, Dominici, arXiv:1801.01489). For a loss, importance is negative.
///
///   const auto importance = permutation_importance(
///       test, [&](const Events& events) { return roc_auc(predict(trained, events), events); });
///   std::cout << importance_table(importance).text();
///
/// All other parts of the events stay, so that each event keeps its weight in a metric; values are
/// exchanged with equal probability. Use events that were not trained on. A feature may seem
/// unimportant if another one is correlated with it. The permutations of a feature follow from the
/// seed and its number. Features without names are called by their number. The score is computed
/// 1 + features × repeats times. Throws std::invalid_argument without events or features, for
/// invalid ones, and passes on exceptions of the function.
template <Real S, class F>
requires std::is_invocable_r_v < double, F&, const BasicEvents<S>
& > std::vector<FeatureImportance> permutation_importance(const BasicEvents<S>& events, F&& score,
                                                          const PermutationOptions& options = {}) {
  options.validate();
  events.validate();
  require(events.size() > 0, "permutation_importance: events", events.size(), "at least one");
  require(events.features.rows() > 0, "permutation_importance: features", events.features.rows(),
          "at least one");
  const double whole = score(events);
  BasicEvents<S> permuted = events;
  std::vector<Index> from(events.size());
  std::vector<FeatureImportance> importance;
  for (Index k = 0; k < events.features.rows(); ++k) {
    FeatureImportance& feature = importance.emplace_back(FeatureImportance{
        events.feature_names.empty() ? std::to_string(k)
                                     : events.feature_names[static_cast<std::size_t>(k)]});
    Rng rng = options.seed.derive(Stream::importance, static_cast<int>(k)).rng();
    for (int repeat = 0; repeat < options.repeats; ++repeat) {
      std::iota(from.begin(), from.end(), Index{0});
      shuffle(std::span{from}, rng);
      for (std::size_t i = 0; i < from.size(); ++i)
        permuted.features(k, static_cast<Index>(i)) = events.features(k, from[i]);
      feature.decrease.values.push_back(whole - score(std::as_const(permuted)));
    }
    permuted.features.row(k) = events.features.row(k);
  }
  return importance;
}

/// A table with columns feature, mean and spread, for CsvTable::text() and write_csv().
inline CsvTable importance_table(const std::vector<FeatureImportance>& importance) {
  CsvTable table{
      .name = "importance",
      .columns = {
          {.name = "feature", .type = ColumnType::text}, {.name = "mean"}, {.name = "spread"}}};
  for (const FeatureImportance& feature : importance) {
    Column& names = table.columns[0];
    names.values.push_back(static_cast<double>(names.vocabulary.size()));
    names.vocabulary.push_back(feature.feature);
    table.columns[1].values.push_back(feature.decrease.mean());
    table.columns[2].values.push_back(feature.decrease.spread());
  }
  return table;
}

}  // namespace tributary::inline v0_1
