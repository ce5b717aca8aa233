#include <tributary/data/split.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>

#include "support.hpp"

using namespace tributary;

namespace {

/// Every part of an event identifies the event.
Events numbered(Index count, int classes) {
  Events events{.features = Matrix<float>(2, count),
                .targets = Matrix<float>(1, count),
                .weights = Vector<float>(count),
                .feature_names = {"x", "y"},
                .target_names = {"z"}};
  for (int label = 0; label < classes; ++label) events.classes.push_back(std::to_string(label));
  for (Index i = 0; i < count; ++i) {
    const auto x = static_cast<float>(i);
    events.features.col(i) << x, -x;
    events.targets(0, i) = 2 * x;
    events.weights[i] = 3 * x;
    events.labels.push_back(static_cast<int>(i * i) % classes);
  }
  return events;
}
bool is_whole(const Events& events, int classes) {
  events.validate();
  bool whole = events.targets.cols() == events.features.cols() &&
               events.weights.size() == events.features.cols() &&
               events.labels.size() == events.size() && events.target_names.size() == 1;
  for (Index i = 0; whole && i < events.features.cols(); ++i) {
    const float x = events.features(0, i);
    whole = events.features(1, i) == -x && events.targets(0, i) == 2 * x &&
            events.weights[i] == 3 * x &&
            events.labels[static_cast<std::size_t>(i)] == static_cast<int>(x * x) % classes;
  }
  return whole;
}
std::multiset<float> numbers(const Events& events) {
  const auto row = events.features.row(0);
  return {row.begin(), row.end()};
}

}  // namespace

TEST_CASE("every event lands in exactly one side, whole, for any size, fraction and seed") {
  for (const Index count : {1, 2, 7, 100, 1001}) {
    for (const double fraction : {0.01, 0.3, 0.5, 0.6, 0.99}) {
      for (const std::uint64_t seed : {1u, 2u}) {
        const Events events = numbered(count, 3);
        const auto [training, test] = split(shuffle(events, Seed{seed}), fraction);
        CHECK(std::abs(static_cast<double>(training.size()) -
                       fraction * static_cast<double>(count)) <= 0.5);
        CHECK(is_whole(training, 3));
        CHECK(is_whole(test, 3));
        auto all = numbers(training);
        all.merge(numbers(test));
        CHECK(all == numbers(events));
      }
    }
  }
}

TEST_CASE("a split keeps the order, a shuffle follows from its seed alone") {
  const Events events = numbered(100, 2);
  const auto [first, second] = split(events, 0.25);
  CHECK(first.features == events.features.leftCols(25));
  CHECK(second.features == events.features.rightCols(75));
  CHECK(shuffle(events, Seed{1}).features == shuffle(events, Seed{1}).features);
  CHECK(shuffle(events, Seed{1}).features != shuffle(events, Seed{2}).features);
  CHECK(shuffle(events, Seed{1}).features != events.features);
}

TEST_CASE("events in the order of their classes are not split, but those of a rare class are") {
  Events sorted = numbered(100, 2);
  std::ranges::sort(sorted.labels);
  CHECK_THROWS_WITH_AS(split(sorted, 0.5),
                       "split: events of class 0 in the second part = 0, must be at least one: the "
                       "events are sorted by class, so shuffle() them first, or use "
                       "stratified_split",
                       std::invalid_argument);
  CHECK_NOTHROW(split(shuffle(sorted, Seed{1}), 0.5));
  std::ranges::fill(sorted.labels, 0);
  CHECK_NOTHROW(split(sorted, 0.5));
  sorted.labels.back() = sorted.labels[98] = 1;
  CHECK_NOTHROW(split(sorted, 0.5));
}

TEST_CASE("events that are not whole are not selected") {
  Events events = numbered(10, 2);
  events.labels.pop_back();
  CHECK_THROWS_AS(shuffle(events, Seed{1}), std::invalid_argument);
  CHECK_THROWS_AS(split(events, 0.5), std::invalid_argument);
}

TEST_CASE("a stratified split has the same fraction of every class on each side") {
  const Events events = numbered(999, 5);
  for (const double fraction : {0.1, 0.5, 0.6}) {
    const auto [training, test] = stratified_split(events, fraction, Seed{3});
    CHECK(is_whole(training, 5));
    CHECK(is_whole(test, 5));
    auto all = numbers(training);
    all.merge(numbers(test));
    CHECK(all == numbers(events));
    for (int label = 0; label < 5; ++label) {
      const auto expected =
          fraction * static_cast<double>(std::ranges::count(events.labels, label));
      CHECK(std::abs(static_cast<double>(std::ranges::count(training.labels, label)) - expected) <=
            0.5);
    }
    CHECK(!std::ranges::is_sorted(training.labels));
    CHECK(training.features != stratified_split(events, fraction, Seed{4}).first.features);
  }
}

TEST_CASE("a fraction that leaves nothing to one side is an error, and so are missing labels") {
  Events events = numbered(10, 2);
  for (const double fraction : {0.0, 1.0, -0.1, 1.5, std::nan("")}) {
    CHECK_THROWS_AS(split(events, fraction), std::invalid_argument);
    CHECK_THROWS_AS(stratified_split(events, fraction, Seed{1}), std::invalid_argument);
  }
  events.labels.clear();
  CHECK_THROWS_WITH_AS(stratified_split(events, 0.5, Seed{1}),
                       "stratified_split: labels = 0, must be one an event", std::invalid_argument);
}

TEST_CASE("a selection has the requested rows in their order, twice if requested twice") {
  const std::vector<std::size_t> rows{3, 0, 3};
  const Events selected = select(numbered(5, 2), std::span{rows});
  CHECK(selected.features.row(0) == Eigen::RowVector3f{3, 0, 3});
  CHECK(selected.labels == std::vector{1, 0, 1});
  const std::vector<std::size_t> wrong{5};
  CHECK_THROWS_WITH_AS(select(numbered(5, 2), std::span{wrong}),
                       "select: row = 5, must be less than 5", std::invalid_argument);
}

TEST_CASE("joining the parts of a split restores the events") {
  const Events events = numbered(10, 3);
  const auto [first, second] = split(events, 0.3);
  const Events joined = concatenate(first, second);
  CHECK(is_whole(joined, 3));
  CHECK(joined.features == events.features);
  CHECK(joined.classes == events.classes);
  const Events features_only{.features = Matrix<float>::Ones(2, 3)};
  CHECK(concatenate(features_only, features_only).size() == 6);
}

TEST_CASE("events of different kinds do not join") {
  const Events events = numbered(4, 3);
  const auto error = [&](auto change) {
    Events other = events;
    change(other);
    return message_of<std::invalid_argument>([&] { concatenate(events, other); });
  };
  CHECK(error([](Events&) {}) == "");
  CHECK(error([](Events& e) { e.classes = {"0", "1", "2", "3"}; }) == "");
  CHECK(holds(error([](Events& e) { e.classes = {"2", "1", "0"}; }), "classes"));
  CHECK(holds(error([](Events& e) { e.labels.clear(); }), "labels"));
  CHECK(holds(error([](Events& e) { e.weights.resize(0); }), "weights"));
  CHECK(holds(error([](Events& e) {
                e.targets.resize(0, 0);
                e.target_names.clear();
              }),
              "targets"));
  CHECK(holds(error([](Events& e) { e.feature_names = {"y", "x"}; }), "feature_names"));
  CHECK(holds(error([](Events& e) {
                e.features.resize(1, 4);
                e.feature_names = {"x"};
              }),
              "features"));
}

TEST_CASE("a large label, such as a PDG code, takes no memory of its size") {
  const Events events{.features = Matrix<float>::Zero(1, 4),
                      .labels = {11, 2'000'000'000, 2'000'000'000, 11}};
  const auto [first, second] = stratified_split(events, 0.5, Seed{1});
  for (Events part : {first, second}) {
    std::ranges::sort(part.labels);
    CHECK(part.labels == std::vector{11, 2'000'000'000});
  }
}
