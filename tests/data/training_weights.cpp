#include <tributary/data/training_weights.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <tributary/data/scale_class_weights.hpp>
#include <tributary/data/split.hpp>
#include <tributary/metrics/ams.hpp>
#include <tributary/metrics/roc_auc.hpp>
#include <vector>

#include "support.hpp"

using namespace tributary;

namespace {
Vector<float> vector(std::vector<float> values) {
  return Eigen::Map<Vector<float>>{values.data(), std::ssize(values)};
}
/// Sums of 8 and 2, as a small signal has.
Events weighted() {
  return {.features = Matrix<float>::Zero(1, 5),
          .labels = {0, 0, 0, 1, 1},
          .weights = vector({1, 2, 5, 3, -1}),
          .classes = {"b", "s"}};
}
std::string refusal(const auto& action) { return message_of<std::invalid_argument>(action); }
}  // namespace

TEST_CASE("balanced training weights have equal sums and a mean of 1, and leave the weights") {
  Events events = weighted();
  balance_training_weights(events);  // 5 / (2 * 8) and 5 / (2 * 2) times the weights
  CHECK(events.training_weights == vector({0.3125f, 0.625f, 1.5625f, 3.75f, -1.25f}));
  CHECK(events.weights == weighted().weights);
  const Vector<float> once = events.training_weights;
  balance_training_weights(events);
  CHECK(events.training_weights == once);

  events.weights.resize(0);
  balance_training_weights(events);  // scikit-learn's class_weight="balanced"
  CHECK(events.training_weights == vector({5 / 6.f, 5 / 6.f, 5 / 6.f, 1.25f, 1.25f}));
}

TEST_CASE("normalized training weights have a mean of 1 and keep their ratios") {
  Events events = weighted();
  normalize_training_weights(events);
  CHECK(events.training_weights == vector({0.5f, 1, 2.5f, 1.5f, -0.5f}));
  CHECK(events.weights == weighted().weights);
}

TEST_CASE("batches have the training weights, metrics the weights") {
  Events events = weighted();
  balance_training_weights(events);
  Events::Batch batch;
  const std::vector<std::size_t> rows{4, 0};
  events.gather(rows, batch);
  CHECK(batch.weights == vector({-1.25f, 0.3125f}));
  const Matrix<float> scores = Matrix<float>{{0.1f, 0.6f, 0.4f, 0.9f, 0.7f}};
  CHECK(roc_auc(scores, events) == roc_auc(scores, weighted()));
  CHECK(ams(scores, events, 0.5) == ams(scores, weighted(), 0.5));
  CHECK(events.digest().back().first == "training weights");
  CHECK(weighted().digest().back().first == "weights");
  scale_class_weights(events, weighted());
  CHECK(events.training_weights[4] == -1.25f);
}

TEST_CASE("both kinds of weights follow their events") {
  Events events = weighted();
  balance_training_weights(events);
  const std::vector<std::size_t> rows{4, 0};
  const Events two = select<float>(events, rows);
  CHECK(two.weights == vector({-1, 1}));
  CHECK(two.training_weights == vector({-1.25f, 0.3125f}));
  const Events four = concatenate(two, two);
  CHECK(four.weights == vector({-1, 1, -1, 1}));
  CHECK(four.training_weights == vector({-1.25f, 0.3125f, -1.25f, 0.3125f}));
  CHECK(four.cast<double>().training_weights[1] == 0.3125);
  CHECK(refusal([&] { concatenate(two, weighted()); }) ==
        "concatenate: training_weights.empty() = 1, must be as in the first: 0");
}

TEST_CASE("classes without a positive sum of weights are refused and nothing is changed") {
  Events events = weighted();
  events.weights << 1, 2, 5, 1, -1;
  CHECK(refusal([&] { balance_training_weights(events); }) ==
        "balance_training_weights: sum of the weights of class s = 0, must be positive");
  events.classes = {"b", "s", "t"};
  events.weights = weighted().weights;
  CHECK(refusal([&] { balance_training_weights(events); }) ==
        "balance_training_weights: sum of the weights of class t = 0, must be positive");
  events.classes.clear();
  events.weights << -1, -2, -5, 3, 1;
  CHECK(refusal([&] { balance_training_weights(events); }) ==
        "balance_training_weights: sum of the weights of class 0 = -8, must be positive");
  CHECK(refusal([&] { normalize_training_weights(events); }) ==
        "normalize_training_weights: sum of the weights = -4, must be positive");
  events.labels.clear();
  CHECK(refusal([&] { balance_training_weights(events); }) ==
        "balance_training_weights: labels = 0, must be one an event");
  Events none;
  CHECK(refusal([&] { normalize_training_weights(none); }) ==
        "normalize_training_weights: events = 0, must be at least one");
  CHECK(events.training_weights.size() == 0);
  events.training_weights = vector({1});
  CHECK(refusal([&] { events.validate(); }) ==
        "Events::training_weights.size() = 1, must be one an event, of 5 events");
}
