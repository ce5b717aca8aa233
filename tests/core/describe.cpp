#include <tributary/core/describe.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <tributary/optimizer/adadelta.hpp>
#include <tributary/optimizer/adagrad.hpp>
#include <tributary/optimizer/adam.hpp>
#include <tributary/optimizer/adam_w.hpp>
#include <tributary/optimizer/adamax.hpp>
#include <tributary/optimizer/clip_norm.hpp>
#include <tributary/optimizer/clip_value.hpp>
#include <tributary/optimizer/clipped.hpp>
#include <tributary/optimizer/constant.hpp>
#include <tributary/optimizer/cosine_decay.hpp>
#include <tributary/optimizer/exponential_decay.hpp>
#include <tributary/optimizer/momentum.hpp>
#include <tributary/optimizer/nadam.hpp>
#include <tributary/optimizer/nesterov.hpp>
#include <tributary/optimizer/plateau.hpp>
#include <tributary/optimizer/rms_prop.hpp>
#include <tributary/optimizer/scheduled.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/optimizer/step_decay.hpp>
#include <tributary/optimizer/warm_up.hpp>
#include <tributary/rule/adag.hpp>
#include <tributary/rule/asynchronous_sgd.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/rule/dc_asgd.hpp>
#include <tributary/rule/diloco.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/rule/dynsgd.hpp>
#include <tributary/rule/eamsgd.hpp>
#include <tributary/rule/easgd.hpp>
#include <tributary/rule/hogwild.hpp>
#include <tributary/rule/independent.hpp>
#include <tributary/rule/parameter_distance.hpp>
#include <tributary/rule/ssp.hpp>
#include <tributary/rule/synchronous_sgd.hpp>
#include <tributary/trainer/trainer.hpp>
#include <type_traits>

using namespace tributary;

namespace {

/// Changes the setting that has this number, all the levels counted through; `number` counts
/// down.
template <class T>
void change(T& setting, int& number) {
  if constexpr (std::same_as<T, MovingRate>) {
    if (number-- == 0) setting = MovingRate::alpha(setting.of(1));  // it was beta
    if (number-- == 0) setting = MovingRate::beta(setting.of(1) / 2);
  } else if constexpr (HasFields<T>) {
    for_each_field(setting, [&](auto& field) { change(field, number); });
  } else if (number-- != 0) {
    return;
  } else if constexpr (std::is_enum_v<T>) {
    setting = T{static_cast<std::underlying_type_t<T>>(setting) == 0};
  } else if constexpr (std::is_floating_point_v<T>) {
    setting = std::nextafter(setting, std::numeric_limits<T>::max());
  } else if constexpr (std::is_arithmetic_v<T>) {
    setting = static_cast<T>(setting + 1);
  } else {
    setting = setting.has_value() ? T{} : T{0};
  }
}

/// Adds the settings as they are and with each single one changed to `all`, where they have to be
/// new. Returns how many that were.
int add(std::set<Settings>& all, const auto& settings) {
  constexpr int many = 1000;
  auto copy = settings;
  int left = many;
  change(copy, left);
  const int numbers = many - left;
  for (int number = 0; number <= numbers; ++number) {
    auto changed = settings;
    left = number;
    change(changed, left);
    const Settings described = describe_settings("x", changed);
    CAPTURE(described[0].second);
    CAPTURE(number);
    CHECK(all.insert(described).second);
  }
  return numbers + 1;
}

}  // namespace

TEST_CASE("settings are described by type, number and value") {
  CHECK(describe_settings("rule", DiLoCo{}) == Settings{{"rule", "DiLoCo"},
                                                        {"rule schedule", "0"},
                                                        {"rule field 1", "500"},
                                                        {"rule field 2", "0"},
                                                        {"rule field 3", "Nesterov"},
                                                        {"rule field 3.1", "0.7"},
                                                        {"rule field 3.2", "0.9"}});
  CHECK(describe_settings("rule", Easgd{}) == Settings{{"rule", "BasicEasgd"},
                                                       {"rule schedule", "1"},
                                                       {"rule field 1", "MovingRate"},
                                                       {"rule field 1.1", "0.9"},
                                                       {"rule field 1.2", "1"},
                                                       {"rule field 2", "10"},
                                                       {"rule field 3", "1"}});
  CHECK(describe_settings("options", TrainOptions{.seed = {7}}) ==
        Settings{{"options", "TrainOptions"},
                 {"options field 1", "1"},
                 {"options field 2", "32"},
                 {"options field 3", "Seed"},
                 {"options field 3.1", "7"},
                 {"options field 4", "0"},
                 {"options field 5", "?"}});
}

TEST_CASE("numbers are as short as they can be, and other values are told as far as they can be") {
  struct Inner {
    bool on = true;
    float third = 1.0f / 3;
  };
  const auto lambda = [] {};
  struct Outer {
    double tenth = 0.1, large = 1e300, negative = -0.0;
    std::optional<int> absent = {}, present = -3;
    std::optional<Inner> nested = Inner{};
    std::string text = "a b";
    const char* pointer = "?";
    decltype(lambda) function = {};
    enum class Kind { one = 1 } kind = Kind::one;
    std::int8_t small = -1;
  };
  CHECK(describe_settings("x", Outer{}) == Settings{{"x", "Outer"},
                                                    {"x field 1", "0.1"},
                                                    {"x field 2", "1e+300"},
                                                    {"x field 3", "-0"},
                                                    {"x field 4", "-"},
                                                    {"x field 5", "-3"},
                                                    {"x field 6", "Inner"},
                                                    {"x field 6.1", "1"},
                                                    {"x field 6.2", "0.33333334"},
                                                    {"x field 7", "a b"},
                                                    {"x field 8", "?"},
                                                    {"x field 9", "?"},
                                                    {"x field 10", "1"},
                                                    {"x field 11", "-1"}});
  CHECK(describe_settings("workers", 4) == Settings{{"workers", "4"}});
}

TEST_CASE("an optional without a string is none with the string of that") {
  using Text = std::optional<std::string>;
  const auto text_of = [](const Text& text) { return describe_settings("x", text)[0].second; };
  CHECK(text_of("a - b") == "a - b");
  const std::set<std::string> all{text_of({}), text_of("-"), text_of("\\-"), text_of("\\\\-"),
                                  text_of("")};
  CHECK(all.size() == 5);
}

TEST_CASE("two rules that differ in anything are described differently") {
  std::set<Settings> all;
  const auto add_each = [&](const auto&... rules) { return (add(all, rules) + ...); };
  add_each(Independent{}, Averaging{}, SynchronousSgd{}, AsynchronousSgd{}, Easgd{},
           SynchronousEasgd{}, Downpour{}, Adag{}, DynSgd{}, Hogwild{}, Ssp{}, ParameterDistance{},
           DiLoCo{}, DiLoCo{.outer = Sgd{}});
  CHECK(add_each(DcAsgd{}) == 7);
  CHECK(add_each(Eamsgd{}) == 7);
}

TEST_CASE("two optimizers that differ in anything are described differently") {
  std::set<Settings> all;
  const auto add_each = [&](const auto&... optimizers) { return (add(all, optimizers) + ...); };
  add_each(Sgd{}, Momentum{}, Nesterov{}, Adagrad{}, RmsProp{}, Adadelta{}, Adam{}, AdamW{},
           Adamax{}, Nadam{}, Clipped{Adam{}, ClipNorm{}}, Clipped{Adam{}, ClipValue{}},
           Scheduled{Adam{}, Constant{}}, Scheduled{Adam{}, CosineDecay{}},
           Scheduled{Adam{}, ExponentialDecay{}}, Scheduled{Adam{}, StepDecay{}},
           Scheduled{Adam{}, Plateau{}}, Scheduled{Adam{}, WarmUp{}});
  CHECK(add_each(Scheduled{Clipped{Adam{}, ClipNorm{}}, WarmUp<CosineDecay>{}}) == 9);
}
