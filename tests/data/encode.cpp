#include <tributary/data/encode.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

using namespace tributary;

namespace {

Events four_events() {
  return {.features = Matrix<float>::Ones(1, 4),
          .labels = {2, 0, 1, 2},
          .classes = {"qcd", "top", "w"}};
}

}  // namespace

TEST_CASE("one-hot targets are 1 for the event's class") {
  Events events = four_events();
  one_hot(events);
  events.validate();
  Matrix<float> expected(3, 4);
  expected << 0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1;
  CHECK(events.targets == expected);
  CHECK(events.target_names == events.classes);
}

TEST_CASE("one-hot targets need labels and classes") {
  Events events = four_events();
  events.labels.clear();
  CHECK_THROWS_WITH_AS(one_hot(events), "one_hot: labels = 0, must be one an event",
                       std::invalid_argument);
  events = four_events();
  events.classes.clear();
  CHECK_THROWS_WITH_AS(one_hot(events), "one_hot: classes = 0, must be at least one",
                       std::invalid_argument);
}

TEST_CASE("the named class is signal, all others are background") {
  Events events = four_events();
  binary_labels(events, "top");
  CHECK(events.labels == std::vector{0, 0, 1, 0});
  CHECK(events.classes == std::vector<std::string>{"background", "top"});
}

TEST_CASE("with two classes the other one keeps its name") {
  Events events{.features = Matrix<float>::Ones(1, 2), .labels = {0, 1}, .classes = {"s", "b"}};
  binary_labels(events, "s");
  CHECK(events.labels == std::vector{1, 0});
  CHECK(events.classes == std::vector<std::string>{"b", "s"});
}

TEST_CASE("a signal that is not a class is an error that lists the classes") {
  Events events = four_events();
  CHECK_THROWS_WITH_AS(binary_labels(events, "higgs"),
                       "binary_labels: signal = higgs, must be one of the classes: qcd, top, w",
                       std::invalid_argument);
}

TEST_CASE("binary labels come before one-hot targets, which would stay as they were") {
  Events events = four_events();
  one_hot(events);
  const Events before = events;
  CHECK_THROWS_WITH_AS(binary_labels(events, "top"),
                       "binary_labels: targets.rows() = 3, must be 0, as training uses targets "
                       "before labels and these have the old classes: call one_hot() afterwards",
                       std::invalid_argument);
  CHECK(events.labels == before.labels);
  CHECK(events.classes == before.classes);

  events = four_events();
  binary_labels(events, "top");
  one_hot(events);
  CHECK(events.targets == Matrix<float>{{1, 1, 0, 1}, {0, 0, 1, 0}});
}
