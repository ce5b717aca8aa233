#include <tributary/inference/json.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <tributary/model/sequential.hpp>
#include <type_traits>

#include "saved.hpp"

using namespace tributary;
using nlohmann::json;

namespace {

using Net = Sequential<float, Dense<3, 40>, LeakyRelu, Dropout, Dense<40, 3>, SoftmaxCrossEntropy>;

const SavedModel<Net> saved = saved_model(detail::default_net<Net>());
const std::string good = text_of([](const auto& path) { save_model(path, saved); });

std::string refusal_of(const std::string& text) {
  return refusal(text, [](const auto& path) { load_model<Net>(path); });
}
/// The message of load_model for a good file with one change.
template <class F>
std::string refusal_after(const F& change) {
  json changed = json::parse(good);
  change(changed);
  return refusal_of(changed.dump());
}

}  // namespace

TEST_CASE("an invalid field of a file is named") {
  CHECK(refusal_of(good) == "");
  CHECK(refusal_of("[1]") == "the whole is [1], expected an object");
  CHECK(refusal_of("{}") == "format is missing");
  CHECK(refusal_of("{\"format\": \"tributary model\"") ==
        "is not JSON: parse error at line 1, column 29: syntax error while parsing object - "
        "unexpected end of input; expected '}'");
  CHECK(refusal_after([](json& file) { file["format"] = "onnx"; }) ==
        "format is \"onnx\", expected \"tributary model\"");
  CHECK(refusal_after([](json& file) { file["version"] = 2; }) == "version is 2, expected 1");
  CHECK(refusal_after([](json& file) { file["weights"]["type"] = "float64"; }) ==
        "weights.type is \"float64\", expected \"float32\"");
  CHECK(refusal_after([](json& file) { file["weights"]["layout"] = "rows"; }) ==
        "weights.layout is \"rows\", expected \"panels of 32\"");
  CHECK(refusal_after([](json& file) { file["weights"]["data"].push_back("AAAA"); }) ==
        "weights.data has 2 elements, expected 1");
  CHECK(refusal_after([](json& file) { file["weights"]["data"][0] = "AAAA"; }) ==
        "weights.data[0] has 4 characters, expected 1512");
  CHECK(refusal_after([](json& file) {
          file["weights"]["data"][0].get_ref<std::string&>()[7] = '-';
        }) == "weights.data[0] has another character, expected base64");
  CHECK(refusal_after([](json& file) { file["preprocessing"].erase("missing"); }) ==
        "preprocessing.missing is missing");
  CHECK(refusal_after([](json& file) { file["preprocessing"]["scale"][1] = "1"; }) ==
        "preprocessing.scale[1] is \"1\", expected a number");
  CHECK(refusal_after([](json& file) { file["preprocessing"]["offset"].erase(0); }) ==
        "Preprocessing::offset.size() = 2, must be 3");
  CHECK(refusal_after([](json& file) { file["class_names"].push_back("fourth"); }) ==
        "SavedModel::class_names.size() = 4, must be 0 or 3, one an output");
  CHECK(refusal_after([](json& file) { file["architecture"][2]["settings"][0] = 1.5; }) ==
        "architecture: Dropout::rate = 1.5, must be in [0, 1)");
  CHECK(refusal_after([](json& file) { file["architecture"][2]["settings"][0] = "half"; }) ==
        "architecture[2].settings[0] is \"half\", expected a number");
  CHECK(refusal_after([](json& file) { file["architecture"][0]["settings"][0] = 0.5; }) ==
        "architecture[0].settings[0] is 0.5, expected a whole number");
  CHECK(refusal_after([](json& file) { file["architecture"][0]["settings"].push_back(1); }) ==
        "architecture[0].settings has 4 elements, expected 3");
}

TEST_CASE("damaged weights are detected by the checksum and by invalid numbers") {
  CHECK(refusal_after([](json& file) {
          file["weights"]["data"][0].get_ref<std::string&>()[0] ^= 1;
        }).starts_with("weights.crc32c is "));
  json whole = json::parse(good);
  Vector<float> parameters = saved.parameters;
  parameters[17] = std::numeric_limits<float>::quiet_NaN();
  whole["weights"] = detail::weights_to_json(parameters);
  CHECK(refusal_of(whole.dump()) == "weights.data has nan as number 17, expected finite numbers");
}

TEST_CASE("the self-test notices weights, scaling and defaults of another model") {
  const std::string expected = "self_test.cases[";
  json whole = json::parse(good);
  whole["weights"] = detail::weights_to_json<float>(2 * saved.parameters);
  CHECK(refusal_of(whole.dump()).starts_with(expected));
  for (const char* const field : {"offset", "scale", "defaults"}) {
    CHECK(refusal_after([&](json& file) {
            for (json& value : file["preprocessing"][field]) value = value.get<double>() * 1.1;
          }).starts_with(expected));
  }
  CHECK(refusal_after([](json& file) {
          file["preprocessing"]["missing"] = -998;
        }).starts_with("self_test.cases["));
  CHECK(refusal_after([](json& file) {
          file["architecture"][1]["settings"][0] = 0.3;
        }).starts_with(expected));
  CHECK(refusal_after([](json& file) { file["self_test"]["cases"] = json::array(); }) ==
        "self_test.cases is empty, expected cases");
  CHECK(refusal_after([](json& file) {
          file["self_test"]["tolerance"] = 0.25;
          file["self_test"]["cases"][1]["scores"][2] = 3;
        }).ends_with("within 0.25, as computed by the net"));
}

TEST_CASE_TEMPLATE("the self-test notices another missing value for any inputs", In,
                   std::integral_constant<int, 1>, std::integral_constant<int, 2>,
                   std::integral_constant<int, 3>) {
  using Small = Sequential<float, Dense<In::value, 8>, LeakyRelu, Dense<8, 2>, SoftmaxCrossEntropy>;
  SavedModel<Small> small = saved_model(detail::default_net<Small>());
  for (const bool with_defaults : {true, false}) {
    if (!with_defaults) small.preprocessing.defaults.clear();
    json file = json::parse(text_of([&](const auto& path) { save_model(path, small); }));
    const auto refused = [&] {
      return refusal(file.dump(), [](const auto& path) { load_model<Small>(path); });
    };
    CHECK(refused() == "");
    // one is missing beside others, and all are: as NaN and as -999
    for (const json& none : {json{}, json(-999.0)}) {
      Index some = 0, all = 0;
      for (const json& event : file["self_test"]["cases"]) {
        const auto missing = std::ranges::count(event["features"], none);
        some += 0 < missing && missing < In::value;
        all += missing == In::value;
        CHECK(event["scores"][0].is_null() ==
              (!with_defaults && std::ranges::count_if(event["features"], [](const json& x) {
                                   return x.is_null() || x == -999.0;
                                 }) > 0));
      }
      CHECK(all > 0);
      CHECK((some > 0 || In::value == 1));
    }
    for (const json& other : {json(-998.0), json{}, json(0.0)}) {
      file["preprocessing"]["missing"] = other;
      CHECK(refused().starts_with("self_test.cases["));
    }
  }
}

TEST_CASE("defaults for some features only are in the self-test, each on its side") {
  SavedModel<Net> some = saved;
  some.preprocessing.defaults[1] = std::numeric_limits<double>::quiet_NaN();
  json file = json::parse(text_of([&](const auto& path) { save_model(path, some); }));
  const auto refused = [&] { return refusal_of(file.dump()); };
  CHECK(refused() == "");
  file["preprocessing"]["defaults"][1] = 1;
  CHECK(refused().starts_with("self_test.cases["));
  file["preprocessing"]["defaults"][1] = nullptr;
  file["preprocessing"]["defaults"][2] = nullptr;
  CHECK(refused().starts_with("self_test.cases["));
}

TEST_CASE("JSON of any depth is refused") {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  CHECK(refusal_of(deep) == "the whole is array, expected an object");
  std::string inside = good;
  inside.replace(inside.find("\"tributary model\""), 17, deep);
  CHECK(refusal_of(inside) == "format is array, expected \"tributary model\"");
}

TEST_CASE("a truncated file is not JSON") {
  const std::size_t end = good.rfind('}');
  for (std::size_t size = 0; size <= end; size += size < 40 || size > end - 40 ? 1 : 31)
    CHECK(refusal_of(good.substr(0, size)).starts_with("is not JSON: "));
}

TEST_CASE("no flipped bit of a file gives another net") {
  Rng rng = Seed{3}.rng();
  std::size_t refused = 0, count = 0;
  for (std::size_t at = rng() % 3; at < good.size(); at += 1 + rng() % 5) {
    std::string text = good;
    text[at] = static_cast<char>(text[at] ^ 1 << rng() % 8);
    Vector<float> parameters = saved.parameters;
    const std::string message =
        refusal(text, [&](const auto& path) { parameters = load_model<Net>(path).parameters; });
    CHECK(parameters == saved.parameters);
    CHECK_FALSE(message.starts_with("no name"));
    refused += !message.empty();
    ++count;
  }
  CHECK(refused > count / 2);  // others are in names, or too small for the self-test
}

TEST_CASE("any replaced value in a file is refused by name, or has no effect") {
  for_each_change(json::parse(good), [](const json::json_pointer& at, const json& changed) {
    const std::string message = refusal_of(changed.dump());
    CAPTURE(at.to_string());
    CAPTURE(message);
    CHECK_FALSE(message.starts_with("no name"));
    const std::string field = at.to_string();
    if (message.empty()) {
      // Settings of the training only, any text for a text, a looser self-test.
      CHECK((holds(field, "/settings/") || holds(field, "names") || holds(field, "provenance") ||
             holds(field, "tolerance")));
    }
  });
}
