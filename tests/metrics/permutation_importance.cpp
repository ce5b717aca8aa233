#include <tributary/metrics/permutation_importance.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <tributary/metrics/roc_auc.hpp>
#include <vector>

using namespace tributary;

namespace {

/// The label is the sign of x; y is noise, and z a constant. Signal has a tenth of the weight.
Events events_of(Index count) {
  Events events{.features = Matrix<float>(3, count),
                .weights = Vector<float>(count),
                .feature_names = {"x", "y", "z"}};
  Rng rng = Seed{1}.rng();
  for (Index i = 0; i < count; ++i) {
    const auto x = static_cast<float>(normal(rng));
    events.features.col(i) << x, static_cast<float>(normal(rng)), 7;
    events.labels.push_back(x > 0);
    events.weights[i] = x > 0 ? 0.1f : 1.f;
  }
  return events;
}
double auc_of_x(const Events& events) {
  const Matrix<float> scores = events.features.row(0);
  return roc_auc(scores, events);
}

}  // namespace

TEST_CASE("a feature that decides costs half of the AUC, others cost nothing") {
  const auto importance = permutation_importance(events_of(2000), auc_of_x);
  REQUIRE(importance.size() == 3);
  CHECK(importance[0].feature == "x");
  CHECK(importance[0].decrease.values.size() == 5);
  // The AUC of random scores is 1/2, with a deviation of √((1/n₁ + 1/n₀) / 12) = 0.013.
  CHECK(std::abs(importance[0].decrease.mean() - 0.5) < 4 * 0.013 / std::sqrt(5.));
  CHECK(importance[0].decrease.spread() > 0.013 / 4);
  CHECK(importance[0].decrease.spread() < 0.013 * 3);
  for (const std::size_t k : {1u, 2u})
    CHECK(importance[k].decrease.values == std::vector<double>(5, 0.0));
}

TEST_CASE("one feature is permuted at a time, and weights and labels stay with their events") {
  const Events events = events_of(50);
  int calls = 0;
  permutation_importance(events,
                         [&](const Events& permuted) {
                           const int feature = calls == 0 ? -1 : (calls - 1) / 2;
                           ++calls;
                           CHECK(permuted.weights == events.weights);
                           CHECK(permuted.labels == events.labels);
                           for (int k = 0; k < 3; ++k) {
                             std::vector<float> here, there;
                             for (Index i = 0; i < 50; ++i) {
                               here.push_back(permuted.features(k, i));
                               there.push_back(events.features(k, i));
                             }
                             CHECK((here == there) == (k != feature || k == 2));
                             std::ranges::sort(here);
                             std::ranges::sort(there);
                             CHECK(here == there);
                           }
                           return 0;
                         },
                         {.repeats = 2});
  CHECK(calls == 1 + 3 * 2);
}

TEST_CASE("permutations follow from the seed and the feature's number alone") {
  const Events events = events_of(200);
  const auto drops = [&](const PermutationOptions& options, const Events& of) {
    return permutation_importance(of, auc_of_x, options)[0].decrease.values;
  };
  CHECK(drops({}, events) == drops({}, events));
  CHECK(drops({}, events) != drops({.seed = 1}, events));
  auto first = drops({}, events);
  first.resize(2);
  CHECK(drops({.repeats = 2}, events) == first);
  Events alone = events;
  alone.features = events.features.topRows(1).eval();
  alone.feature_names.clear();
  CHECK(drops({}, alone) == drops({}, events));
  CHECK(permutation_importance(alone, auc_of_x)[0].feature == "0");
}

TEST_CASE("importances are a table") {
  const CsvTable table = importance_table({{"x", {{1, 2, 3}}}, {"y", {{0.5, 0.5}}}});
  CHECK(table.text() == "feature  mean  spread\nx           2       1\ny         0.5       0\n");
}

TEST_CASE("importances without events or repeats are refused") {
  CHECK_THROWS_WITH_AS(permutation_importance(events_of(5), auc_of_x, {.repeats = 0}),
                       "PermutationOptions::repeats = 0, must be at least 1",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(permutation_importance(Events{}, auc_of_x),
                       "permutation_importance: events = 0, must be at least one",
                       std::invalid_argument);
}
