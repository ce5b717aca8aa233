#include <tributary/data/json.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <tributary/core/random.hpp>

#include "support.hpp"

using namespace tributary;
using nlohmann::json;

namespace {

/// Through text, as through a file.
template <class T>
T round_trip(const T& value) {
  return json::parse(json(value).dump()).template get<T>();
}
template <class T>
std::string error_of(const std::string& text) {
  return message_of<std::invalid_argument>([&] { json::parse(text).get<T>(); });
}
std::vector<double> awkward_numbers() {
  std::vector<double> numbers{0.1, 1.0 / 3, 1e-310, std::numeric_limits<double>::max(), 5e-324, 3};
  Rng rng = Seed{1}.rng();
  for (int i = 0; i < 500; ++i)
    numbers.push_back(std::ldexp(uniform(rng) + 0.5, static_cast<int>(rng() % 600) - 300));
  return numbers;
}

}  // namespace

TEST_CASE("scalers and imputers come back from JSON to the last bit") {
  const std::vector<double> numbers = awkward_numbers();
  std::vector<std::string> names;
  for (std::size_t i = 0; i < numbers.size(); ++i)
    names.push_back("feature \"" + std::to_string(i) + "\"");

  const auto standard = round_trip(StandardScaler{numbers, numbers, names});
  CHECK(standard.mean == numbers);
  CHECK(standard.scale == numbers);
  CHECK(standard.feature_names == names);
  const auto min_max = round_trip(MinMaxScaler{numbers, numbers, names});
  CHECK(min_max.minimum == numbers);
  CHECK(min_max.scale == numbers);
  CHECK(min_max.feature_names == names);
  const auto imputer = round_trip(Imputer{numbers, {}});
  CHECK(imputer.values == numbers);
  CHECK(imputer.feature_names.empty());
  CHECK(is_nan(imputer.missing));
  CHECK(round_trip(Imputer{{1}, {}, -999}).missing == -999);
  CHECK(round_trip(StandardScaler{{1}, {1}, {}, -999}).missing == -999);
  CHECK(round_trip(MinMaxScaler{{1}, {1}, {}, -9.5}).missing == -9.5);
  const json before = {{"values", {1.0}}, {"feature_names", json::array()}};  // of older files
  CHECK(is_nan(before.get<Imputer>().missing));
  CHECK(holds(error_of<Imputer>(R"({"values": [1], "feature_names": [], "missing": "x"})"),
              "Imputer::missing in the JSON: "));
}

TEST_CASE("an encoder of texts comes back from JSON") {
  const OneHotEncoder encoder{{"a", "b \"c\""}, {{"x", "y"}, {"1"}}, Unseen::zeros};
  const auto back = round_trip(encoder);
  CHECK(back.columns == encoder.columns);
  CHECK(back.values == encoder.values);
  CHECK(back.unseen == Unseen::zeros);
  CHECK(round_trip(OneHotEncoder{{"a"}, {{"x"}}}).unseen == Unseen::refuse);
  CHECK(error_of<OneHotEncoder>(R"({"columns": ["a"], "values": [["x"]], "unseen": "guess"})") ==
        "OneHotEncoder::unseen = guess, must be refuse or zeros");
  CHECK(holds(error_of<OneHotEncoder>(R"({"columns": ["a"], "values": [], "unseen": "refuse"})"),
              "OneHotEncoder::values.size() = 0"));
}

TEST_CASE("JSON that is not a scaler is an error that names the field") {
  const auto error = error_of<StandardScaler>;
  CHECK(error("[]") == "StandardScaler::mean is not in the JSON");
  CHECK(error(R"({"mean": [0], "feature_names": []})") ==
        "StandardScaler::scale is not in the JSON");
  CHECK(holds(error(R"({"mean": ["x"], "scale": [1], "feature_names": []})"),
              "StandardScaler::mean in the JSON: "));
  CHECK(holds(error(R"({"mean": [null], "scale": [1], "feature_names": []})"),
              "StandardScaler::mean in the JSON: "));
  CHECK(error(R"({"mean": [0, 1], "scale": [1], "feature_names": []})") ==
        "StandardScaler::scale.size() = 1, must be 2");
  CHECK(error(R"({"mean": [0], "scale": [0], "feature_names": []})") ==
        "StandardScaler::scale = 0, must be positive");
  CHECK(error(R"({"mean": [0], "scale": [-1], "feature_names": []})") ==
        "StandardScaler::scale = -1, must be positive");
  CHECK(error(R"({"mean": [0], "scale": [1], "feature_names": ["a", "b"]})") ==
        "StandardScaler::feature_names.size() = 2, must be 0 or 1");
  CHECK(error_of<MinMaxScaler>("{}") == "MinMaxScaler::minimum is not in the JSON");
  CHECK(error_of<Imputer>(R"({"values": 3, "feature_names": []})")
            .starts_with("Imputer::values in the JSON: "));
}

TEST_CASE("a number that is not finite cannot enter through JSON") {
  const json infinite = {{"mean", {0.0}}, {"scale", {INFINITY}}, {"feature_names", json::array()}};
  CHECK(message_of<std::invalid_argument>([&] { infinite.get<StandardScaler>(); }) ==
        "StandardScaler::scale = inf, must be finite");
}
