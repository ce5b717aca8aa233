#include <tributary/data/standard_scaler.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <span>
#include <stdexcept>
#include <string>
#include <tributary/core/random.hpp>
#include <vector>

#include "support.hpp"

using namespace tributary;

namespace {

const float missing = std::nanf("");

Events events_of(const Matrix<float>& features, std::vector<std::string> names = {}) {
  return {.features = features, .feature_names = std::move(names)};
}

}  // namespace

TEST_CASE_TEMPLATE("scaled features have mean 0 and standard deviation 1", S, float, double) {
  Rng rng = Seed{1}.rng();
  BasicEvents<S> events{.features = Matrix<S>(2, 1000)};
  for (Index i = 0; i < 1000; ++i)
    events.features.col(i) << static_cast<S>(1e4 + normal(rng)), static_cast<S>(1e-6 * normal(rng));
  const auto scaler = StandardScaler::fit(events);
  CHECK(scaler.mean[0] == doctest::Approx(1e4).epsilon(1e-4));
  CHECK(scaler.scale[0] == doctest::Approx(1).epsilon(0.1));
  CHECK(scaler.scale[1] == doctest::Approx(1e-6).epsilon(0.1));
  scaler.apply(events);
  const Matrix<double> scaled = events.features.template cast<double>();
  for (Index row = 0; row < 2; ++row) {
    CHECK(std::abs(scaled.row(row).mean()) < 1e-5);
    CHECK(scaled.row(row).squaredNorm() / 1000 == doctest::Approx(1).epsilon(1e-5));
  }
}

TEST_CASE("the deviation is that of the population, in any order of values") {
  // 1, 2, 3, 4, 1e6: mean 200002, variance (sum of squares) / 5 by hand.
  Matrix<float> first(1, 5), last(1, 5);
  first << 1e6f, 1, 2, 3, 4;
  last << 1, 2, 3, 4, 1e6f;
  for (const Matrix<float>& features : {first, last}) {
    const auto scaler = StandardScaler::fit(events_of(features));
    CHECK(scaler.mean[0] == doctest::Approx(200002.0).epsilon(1e-15));
    CHECK(scaler.scale[0] ==
          doctest::Approx(std::sqrt((200001.0 * 200001 + 200000.0 * 200000 + 199999.0 * 199999 +
                                     199998.0 * 199998 + 799998.0 * 799998) /
                                    5))
              .epsilon(1e-14));
  }
}

TEST_CASE("the deviation is right although its square is too large or too small for a double") {
  for (const double size : {1e-320, 1e-300, 1e-200, 1e-160, 1.0, 1e160, 1e200, 1e307}) {
    // mean 0, variance (1 + 1 + 9 + 9) / 4 = 5, in units of the size
    const BasicEvents<double> events{.features =
                                         Matrix<double>{{size, -size, 3 * size, -3 * size}}};
    const auto scaler = StandardScaler::fit(events);
    CHECK(scaler.mean[0] / size == doctest::Approx(0));
    CHECK(scaler.scale[0] / size ==
          doctest::Approx(std::sqrt(5)).epsilon(size < 1e-310 ? 1e-3 : 1e-14));
  }
  const Events denormal{.features = Matrix<float>{{1e-40f, 3e-40f}}};
  CHECK(StandardScaler::fit(denormal).scale[0] == doctest::Approx(1e-40).epsilon(1e-4));
}

TEST_CASE("a constant feature becomes exactly 0, and another value of it does not become large") {
  Events events = events_of(Matrix<float>::Constant(1, 1000, 0.1f));
  const auto scaler = StandardScaler::fit(events);
  CHECK(scaler.scale == std::vector{1.0});
  scaler.apply(events);
  CHECK((events.features.array() == 0).all());
  std::vector other{0.6f};
  scaler.apply(std::span{other});
  CHECK(other[0] == doctest::Approx(0.5));
}

TEST_CASE("NaN does not count and stays") {
  Matrix<float> features(1, 4);
  features << missing, 1, 3, missing;
  Events events = events_of(features);
  const auto scaler = StandardScaler::fit(events);
  CHECK(scaler.mean == std::vector{2.0});
  CHECK(scaler.scale == std::vector{1.0});
  scaler.apply(events);
  CHECK(std::isnan(events.features(0, 0)));
  CHECK(events.features(0, 1) == -1);
  CHECK(events.features(0, 2) == 1);
}

TEST_CASE("one event is scaled as it is among others, to the last bit") {
  Rng rng = Seed{2}.rng();
  Events events =
      events_of(Matrix<float>::NullaryExpr(3, 50, [&] { return static_cast<float>(normal(rng)); }));
  const auto scaler = StandardScaler::fit(events);
  Matrix<float> one_by_one = events.features;
  scaler.apply(events);
  for (Index i = 0; i < 50; ++i) scaler.apply(std::span{one_by_one.col(i).data(), 3});
  CHECK(one_by_one == events.features);
}

TEST_CASE("features without values, or with infinite ones, are an error that names them") {
  const auto error = [](const Events& events) {
    return message_of<std::invalid_argument>([&] { StandardScaler::fit(events); });
  };
  Matrix<float> features(2, 2);
  features << 1, 2, missing, missing;
  CHECK(error(events_of(features, {"pt", "eta"})) ==
        "StandardScaler::fit: feature = eta, must be with at least one value");
  CHECK(error(events_of(features)) ==
        "StandardScaler::fit: feature = 1, must be with at least one value");
  features(1, 0) = INFINITY;
  CHECK(error(events_of(features, {"pt", "eta"})) ==
        "StandardScaler::fit: feature = eta, must be without infinite values");
  CHECK(error(events_of(Matrix<float>(1, 0))) ==
        "StandardScaler::fit: feature = 0, must be with at least one value");
}

TEST_CASE("features that were not fitted are an error") {
  const auto scaler = StandardScaler::fit(events_of(Matrix<float>::Random(2, 9), {"pt", "eta"}));
  const auto error = [&](Events events) {
    return message_of<std::invalid_argument>([&] { scaler.apply(events); });
  };
  CHECK(error(events_of(Matrix<float>::Random(2, 3))) == "");
  CHECK(error(events_of(Matrix<float>::Random(3, 3))) ==
        "StandardScaler::apply: features = 3, must be 2 as fitted");
  CHECK(error(events_of(Matrix<float>::Random(2, 3), {"eta", "pt"})) ==
        "StandardScaler::apply: feature 0 = eta, must be pt as fitted");
}
