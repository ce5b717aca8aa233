#include <tributary/data/preprocessing.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <tributary/core/finite.hpp>
#include <tributary/data/assemble.hpp>
#include <tributary/data/csv.hpp>
#include <tributary/data/split.hpp>
#include <vector>

#include "support.hpp"

using namespace tributary;

namespace {

constexpr float none = NAN;

/// Two features: 100, 110, 120, 150 and -3, 1, 5, of which others are missing.
Events measured() {
  Events events;
  events.features.resize(2, 5);
  events.features << 100, 110, -999, 150, 120, -3, none, 1, 5, none;
  events.feature_names = {"mass", "eta"};
  events.missing = -999;
  return events;
}
std::vector<float> row(const Events& events, Index i) {
  return {events.features.row(i).begin(), events.features.row(i).end()};
}
std::string refusal(const auto& action) { return message_of<std::invalid_argument>(action); }

}  // namespace

TEST_CASE("features are imputed in their own units, then scaled") {
  // mean 120, variance (400 + 100 + 900 + 0) / 4 = 350; median 115; mean 1, variance 32 / 3
  const struct {
    PreprocessingOptions options;
    std::vector<double> defaults;
    float mass_of_missing, eta_of_missing;
  } cases[] = {{{.impute = Imputation::mean}, {120, 1}, 0, 0},
               {{.impute = Imputation::median}, {115, 1}, -5 / std::sqrt(350.f), 0},
               {{.impute = Imputation::constant, .constant = 0},
                {0, 0},
                -120 / std::sqrt(350.f),
                -1 / std::sqrt(32.f / 3)},
               {{.impute = Imputation::constant, .constant = 200, .scale = Scaling::none},
                {200, 200},
                200,
                200},
               {{.impute = Imputation::mean, .scale = Scaling::min_max}, {120, 1}, 0.4f, 0.5f}};
  for (const auto& expected : cases) {
    Events events = measured();
    const auto preprocessing = Preprocessing::fit(events, expected.options);
    CHECK(preprocessing.missing == -999);
    CHECK(preprocessing.defaults == expected.defaults);
    CHECK(preprocessing.feature_names == events.feature_names);
    preprocessing.apply(events);
    CHECK(events.features(0, 2) == doctest::Approx(expected.mass_of_missing).epsilon(1e-6));
    CHECK(events.features(1, 1) == doctest::Approx(expected.eta_of_missing).epsilon(1e-6));
    CHECK(events.features(1, 4) == events.features(1, 1));
    switch (expected.options.scale) {
      case Scaling::none:
        CHECK(events.features(0, 0) == 100);
        break;
      case Scaling::standard:
        CHECK(events.features(0, 0) == -20 / std::sqrt(350.f));
        break;
      case Scaling::min_max:
        CHECK(row(events, 0) == std::vector<float>{0, 0.2f, 0.4f, 1, 0.4f});
        break;
    }
  }
}

TEST_CASE("without imputation a missing feature is NaN, for any notation") {
  Events events = measured();
  const auto preprocessing = Preprocessing::fit(events, {.scale = Scaling::min_max});
  CHECK(preprocessing.defaults.empty());
  preprocessing.apply(events);
  CHECK(is_nan(events.features(0, 2)));
  CHECK(is_nan(events.features(1, 1)));
  CHECK(events.features(0, 3) == 1);
}

TEST_CASE("the mean for missing values is exactly 0 after scaling") {
  Events events;
  events.features.resize(1, 4);
  events.features << 1e6f + 0.25f, 1e6f - 0.125f, 1e6f + 3, none;
  Preprocessing::fit(events, {.impute = Imputation::mean}).apply(events);
  CHECK(events.features(0, 3) == 0);
}

TEST_CASE("the value of a missing feature is known from the file") {
  const TemporaryFile file{"a,b\n1,-999\n3,4\n-999,6\n"};
  Events events = assemble(read_csv(file.path(), {.missing = -999.0}), {});
  CHECK(events.missing == -999);
  CHECK(Preprocessing::fit(select<float>(events, std::vector<std::size_t>{0, 1})).missing == -999);
  CHECK(refusal([&] { Preprocessing::fit(events, {.missing = -1}); }) ==
        "PreprocessingOptions::missing = -1, must be -999, as where the events were read");
  // to use it as a number, declare it when fitting
  const auto preprocessing =
      Preprocessing::fit(assemble(read_csv(file.path()), {}),
                         {.missing = -999, .impute = Imputation::mean, .scale = Scaling::none});
  CHECK(preprocessing.defaults == std::vector{2.0, 5.0});
}

TEST_CASE("the value of a missing feature must be a number of the events' type") {
  Events events = measured();
  events.missing = 1e300;
  const std::string error =
      "Preprocessing::missing = 1e+300, must be finite in the scalar of the events";
  CHECK(refusal([&] { Preprocessing::fit(events); }) == error);
  Preprocessing preprocessing;
  preprocessing.missing = 1e300;
  CHECK(refusal([&] { preprocessing.apply(events); }) == error);
}

TEST_CASE("a default must be a number of the events, once scaled") {
  Events events;
  events.features = Matrix<float>{{1, 2, 3}};
  for (const Scaling scale : {Scaling::none, Scaling::standard, Scaling::min_max}) {
    const PreprocessingOptions options{
        .impute = Imputation::constant, .constant = 1e300, .scale = scale};
    const std::string reason = "Preprocessing::defaults[0] = 1e+300, must be finite, once scaled, ";
    CHECK(holds(message_of<std::invalid_argument>([&] { Preprocessing::fit(events, options); }),
                reason));
    const auto fitted = Preprocessing::fit(events.cast<double>(), options);
    CHECK(holds(message_of<std::invalid_argument>([&] { fitted.apply(events); }), reason));
  }
}

TEST_CASE("each transform takes the value of a missing feature from the events") {
  // of 100, 110, 120, 150 mean 120, minimum 100, range 50; of -3, 1, 5 mean 1, range 8
  auto events = measured().cast<double>();
  events.features.row(0) << 100, 110, -999, 120, 150;
  const auto standard = StandardScaler::fit(events);
  CHECK(standard.mean == std::vector{120.0, 1.0});
  CHECK(standard.scale[0] == doctest::Approx(std::sqrt(350)).epsilon(1e-15));
  const auto range = MinMaxScaler::fit(events);
  CHECK(range.minimum == std::vector{100.0, -3.0});
  CHECK(range.scale == std::vector{50.0, 8.0});
  const auto mean = Imputer::fit(events), median = Imputer::fit(events, Imputation::median);
  CHECK(mean.values == standard.mean);
  CHECK(median.values == std::vector{115.0, 1.0});
  auto imputed = events, ranged = events, scaled = events;
  median.apply(imputed);
  CHECK(imputed.features(0, 2) == 115);
  CHECK(imputed.features(1, 1) == 1);
  range.apply(ranged);
  CHECK(is_nan(ranged.features(0, 2)));
  CHECK(ranged.features(0, 3) == 0.4);
  standard.apply(scaled);
  CHECK(is_nan(scaled.features(0, 2)));
  for (const Preprocessing& preprocessing :
       {Preprocessing{standard}, Preprocessing{range}, Preprocessing{mean, standard},
        Preprocessing{mean, range, -999}})
    CHECK(preprocessing.missing == -999);
  // An imputed feature is a number, and be it the one that stood for a missing one.
  Imputer::constant(events, -999).apply(events);
  CHECK(MinMaxScaler::fit(events).minimum[0] == -999);
}

TEST_CASE("a value of a missing feature that differs from the events' is refused") {
  const Events events = measured();
  Events other = events, none_said = events;
  other.missing = -1;
  none_said.missing = NAN;
  const auto refused_of = [&](const auto& fitted, const std::string& type) {
    Events to = other;
    CHECK(refusal([&] { fitted.apply(to); }) ==
          type + "::apply: Events::missing = -1, must be -999, " + type + "::missing, as fitted");
    fitted.apply(to = none_said);  // then it is that of the transform
    CHECK((is_nan(to.features(0, 2)) || to.features(0, 2) == 120));
  };
  refused_of(Imputer::fit(events), "Imputer");
  refused_of(StandardScaler::fit(events), "StandardScaler");
  refused_of(MinMaxScaler::fit(events), "MinMaxScaler");
  refused_of(Preprocessing::fit(events), "Preprocessing");
  const Preprocessing by_hand{StandardScaler{{1, 2}, {3, 4}}};
  Events to = events;
  CHECK(refusal([&] { by_hand.apply(to); }) ==
        "Preprocessing::apply: Events::missing = -999, must be nan, Preprocessing::missing, as "
        "fitted");
  CHECK(to.features(0, 2) == -999);
  CHECK(refusal([&] {
          Preprocessing{Imputer::fit(events), StandardScaler::fit(events), -1};
        }) ==
        "Preprocessing: missing = -1, must be -999, as of the events that imputer and scaler "
        "were fitted on");
  CHECK(refusal([&] {
          Preprocessing{Imputer::fit(other), StandardScaler::fit(events)};
        }) ==
        "Preprocessing: missing = -1, must be -999, as of the events that imputer and scaler "
        "were fitted on");
  to.missing = 1e300;
  CHECK(refusal([&] { StandardScaler::fit(to); }) ==
        "Events::missing = 1e+300, must be finite in the scalar of the events");
}

TEST_CASE("only imputation and then scaling, each once, is accepted") {
  const Events events = measured();
  Events imputed = events, scaled = events;
  Imputer::constant(events, 0).apply(imputed);
  CHECK(imputed.state == FeatureState::imputed);
  const auto scaler = StandardScaler::fit(imputed);
  scaler.apply(scaled = imputed);
  const std::string late =
      ": events = scaled, must be not scaled yet: impute, then scale, and once (Preprocessing does "
      "both)";
  CHECK(refusal([&] { Imputer::fit(scaled); }) == "Imputer::fit" + late);
  CHECK(refusal([&] { Imputer::constant(scaled, 0); }) == "Imputer::constant" + late);
  CHECK(refusal([&] { Imputer::constant(events, 0).apply(scaled); }) == "Imputer::apply" + late);
  CHECK(refusal([&] { StandardScaler::fit(scaled); }) == "StandardScaler::fit" + late);
  CHECK(refusal([&] { scaler.apply(scaled); }) == "StandardScaler::apply" + late);
  CHECK(refusal([&] { MinMaxScaler::fit(scaled); }) == "MinMaxScaler::fit" + late);
  CHECK(refusal([&] { MinMaxScaler::fit(imputed).apply(scaled); }) == "MinMaxScaler::apply" + late);
  const std::string once =
      ", must be as they were measured: Preprocessing imputes and scales, once";
  CHECK(refusal([&] { Preprocessing::fit(imputed); }) ==
        "Preprocessing::fit: events = imputed" + once);
  CHECK(refusal([&] { Preprocessing::fit(events).apply(scaled); }) ==
        "Preprocessing::apply: events = scaled" + once);
}

TEST_CASE("events keep the record of their preparation") {
  Events events = measured();
  Preprocessing::fit(events, {.impute = Imputation::mean}).apply(events);
  CHECK(events.state == FeatureState::scaled);
  const auto [first, second] = split(shuffle(events, Seed{1}), 0.4);
  CHECK(first.state == FeatureState::scaled);
  CHECK(second.cast<double>().state == FeatureState::scaled);
  CHECK(second.cast<double>().missing == -999);
  CHECK(concatenate(first, second).state == FeatureState::scaled);
  CHECK(concatenate(first, second).missing == -999);
  CHECK(refusal([&] { concatenate(first, measured()); }) ==
        "concatenate = state, must be the same in both: impute and scale after it");
  Events other = first;
  other.missing = -1;
  CHECK(refusal([&] { concatenate(first, other); }) ==
        "concatenate: missing = -1, must be -999.000000 as in the first");
}

TEST_CASE("features of others, and features that cannot be fitted, are refused") {
  Events events = measured();
  const auto preprocessing = Preprocessing::fit(events, {.impute = Imputation::mean});
  Events swapped = events;
  swapped.feature_names = {"eta", "mass"};
  CHECK(refusal([&] { preprocessing.apply(swapped); }) ==
        "Preprocessing::apply: feature 0 = eta, must be mass as fitted");
  CHECK(refusal([&] {
          Preprocessing{Imputer::constant(swapped, 0), StandardScaler::fit(events)};
        }) == "Preprocessing: feature 0 of the imputer = eta, must be mass, as of the scaler");
  CHECK(refusal([&] {
          Preprocessing{Imputer{.values = {1}}, StandardScaler::fit(events)};
        }) == "Preprocessing: features of the imputer = 1, must be 2, as of the scaler");
  events.features.row(1).setConstant(-999);
  CHECK(refusal([&] { Preprocessing::fit(events); }) ==
        "Preprocessing::fit: feature = eta, must be with at least one value");
  events.features(1, 0) = INFINITY;
  CHECK(refusal([&] { Preprocessing::fit(events); }) ==
        "Preprocessing::fit: feature = eta, must be without infinite values");
}

TEST_CASE("features of 1e200 or 1e-200 are scaled, and a scale of 0 is refused") {
  for (const double size : {1e-200, 1e200}) {
    BasicEvents<double> events{.features = Matrix<double>{{size, -size}}};
    Preprocessing::fit(events).apply(events);
    CHECK(events.features(0, 0) == doctest::Approx(1));
    CHECK(events.features(0, 1) == doctest::Approx(-1));
  }
  Preprocessing preprocessing;
  preprocessing.offset = {0, 0};
  preprocessing.scale = {1, 0};
  CHECK(refusal([&] { preprocessing.validate(2); }) ==
        "Preprocessing::scale = 0, must be not 0, which loses the feature");
  preprocessing.scale = {1, INFINITY};
  CHECK(refusal([&] { preprocessing.validate(2); }) ==
        "Preprocessing::scale = inf, must be finite");
  Events events = measured();
  preprocessing.scale = {1, 0};
  CHECK(holds(refusal([&] { preprocessing.apply(events); }), "Preprocessing::scale = 0"));
}
