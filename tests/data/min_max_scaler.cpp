#include <tributary/data/min_max_scaler.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <span>
#include <stdexcept>
#include <vector>

using namespace tributary;

TEST_CASE("features come to lie between 0 and 1, NaN stays, a constant becomes 0") {
  Events events{.features = Matrix<float>(2, 4)};
  events.features << -1, std::nanf(""), 3, 0, 7, 7, 7, 7;
  const auto scaler = MinMaxScaler::fit(events);
  CHECK(scaler.minimum == std::vector{-1.0, 7.0});
  CHECK(scaler.scale == std::vector{4.0, 1.0});
  scaler.apply(events);
  CHECK(events.features(0, 0) == 0);
  CHECK(std::isnan(events.features(0, 1)));
  CHECK(events.features(0, 2) == 1);
  CHECK(events.features(0, 3) == 0.25f);
  CHECK((events.features.row(1).array() == 0).all());
}

TEST_CASE("an event outside the fitted range comes to lie outside 0 to 1") {
  const MinMaxScaler scaler{.minimum = {10}, .scale = {5}};
  std::vector event{20.0};
  scaler.apply(std::span{event});
  CHECK(event[0] == 2);
}

TEST_CASE("features that do not fit the scaler are an error that names it") {
  Events events{.features = Matrix<float>::Ones(2, 1)};
  const MinMaxScaler scaler{.minimum = {0}, .scale = {1}};
  CHECK_THROWS_WITH_AS(scaler.apply(events),
                       "MinMaxScaler::apply: features = 2, must be 1 as fitted",
                       std::invalid_argument);
  events.features(1, 0) = std::nanf("");
  CHECK_THROWS_WITH_AS(MinMaxScaler::fit(events),
                       "MinMaxScaler::fit: feature = 1, must be with at least one value",
                       std::invalid_argument);
}

TEST_CASE("numbers that cannot be a scaler's are an error") {
  CHECK_THROWS_WITH_AS((MinMaxScaler{{0}, {0}}.validate()),
                       "MinMaxScaler::scale = 0, must be positive", std::invalid_argument);
  CHECK_THROWS_WITH_AS((MinMaxScaler{{0, 1}, {1}}.validate()),
                       "MinMaxScaler::scale.size() = 1, must be 2", std::invalid_argument);
}
