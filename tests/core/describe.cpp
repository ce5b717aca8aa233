#include <tributary/core/describe.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <tributary/codec/floating_point.hpp>
#include <tributary/codec/int8.hpp>
#include <tributary/codec/lossless.hpp>
#include <tributary/codec/one_bit.hpp>
#include <tributary/codec/top_k.hpp>
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
#include <tributary/trainer/train_options.hpp>
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

/// Adds to `all` the unchanged settings and variants with one changed setting each. All must be
/// new. Returns their number.
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

template <int>
struct Kit {
  struct Fast {
    int period = 1;
  };
  template <class, bool>
  struct Pair {};
};
template <class>
auto local_of() {
  struct Local {};
  return Local{};
}

}  // namespace

TEST_CASE("settings are described by type, name and value") {
  CHECK(describe_settings("rule", DiLoCo{}) == Settings{{"rule", "DiLoCo"},
                                                        {"rule schedule", "0"},
                                                        {"DiLoCo::period", "500"},
                                                        {"DiLoCo::overlap", "0"},
                                                        {"DiLoCo::outer", "Nesterov"},
                                                        {"DiLoCo::outer.learning_rate", "0.7"},
                                                        {"DiLoCo::outer.momentum", "0.9"}});
  CHECK(describe_settings("rule", Easgd{}) == Settings{{"rule", "Easgd"},
                                                       {"rule schedule", "1"},
                                                       {"Easgd::moving_rate", "MovingRate"},
                                                       {"Easgd::moving_rate.value", "0.9"},
                                                       {"Easgd::moving_rate.per_worker", "1"},
                                                       {"Easgd::period", "10"},
                                                       {"Easgd::overlap", "1"}});
  CHECK(describe_settings("options", TrainOptions{.seed = {7}}) ==
        Settings{{"options", "TrainOptions"},
                 {"TrainOptions::epochs", "1"},
                 {"TrainOptions::batch_size", "32"},
                 {"TrainOptions::seed", "Seed"},
                 {"TrainOptions::seed.value", "7"},
                 {"TrainOptions::data_placement", "0"},
                 {"TrainOptions::stop", "?"},
                 {"TrainOptions::time_limit", "0"},
                 {"TrainOptions::recording", "?"},
                 {"TrainOptions::checkpoint", "CheckpointOptions"},
                 {"TrainOptions::checkpoint.file", "?"},
                 {"TrainOptions::checkpoint.every_seconds", "60"},
                 {"TrainOptions::checkpoint.every_merges", "0"}});
  CHECK(describe_settings("Tcp::codec", TopK{}, "Tcp::codec.") ==
        Settings{{"Tcp::codec", "TopK"}, {"Tcp::codec.fraction", "0.01"}});
}

TEST_CASE("a class in a template has its own name, not that of the template") {
  CHECK(plain_type_name<Kit<1>::Fast>() == "Fast");
  CHECK(plain_type_name<Kit<1>::Pair<Kit<2>, (3 > 2)>>() == "Pair");
  CHECK(plain_type_name<decltype(local_of<int>())>() == "Local");
  CHECK(plain_type_name<Kit<2>>() == "Kit");
  CHECK(describe_settings("rule", Kit<1>::Fast{}) ==
        Settings{{"rule", "Fast"}, {"Fast::period", "1"}});
}

TEST_CASE("every compiler gives the members of rules, optimizers and codecs these names") {
  std::string all;
  const auto add_each = [&](const auto&... settings) {
    const auto add_one = [&](const auto& one) {
      for (const auto& [name, value] : describe_settings("", one, ""))
        all += name.empty() ? '\n' + value + ':' : name.starts_with(' ') ? "" : ' ' + name;
    };
    (add_one(settings), ...);
  };
  add_each(Independent{}, Averaging{}, SynchronousSgd{}, AsynchronousSgd{}, SynchronousEasgd{},
           Eamsgd{}, Downpour{}, Adag{}, DynSgd{}, Hogwild{}, Ssp{}, ParameterDistance{}, DcAsgd{},
           DiLoCo{.outer = Adam{}});
  CHECK(all == R"(
Independent: period overlap
Averaging: period overlap
SynchronousSgd: period overlap
AsynchronousSgd: period overlap local_learning_rate
SynchronousEasgd: moving_rate moving_rate.value moving_rate.per_worker period overlap
Eamsgd: learning_rate momentum moving_rate moving_rate.value moving_rate.per_worker period overlap
Downpour: period overlap fetch_period
Adag: period overlap
DynSgd: period overlap
Hogwild: period overlap
Ssp: period overlap bound
ParameterDistance: period overlap gamma
DcAsgd: learning_rate lambda form decay period overlap
DiLoCo: period overlap outer outer.learning_rate outer.beta_1 outer.beta_2 outer.epsilon)");
  all.clear();
  add_each(Sgd{}, Momentum{}, Nesterov{}, Adagrad{}, RmsProp{}, Adadelta{}, Adam{}, AdamW{},
           Adamax{}, Nadam{}, Clipped{Sgd{}, ClipNorm{}}, Clipped{Sgd{}, ClipValue{}},
           Scheduled{Sgd{}, Constant{}}, Scheduled{Sgd{}, CosineDecay{}},
           Scheduled{Sgd{}, ExponentialDecay{}}, Scheduled{Sgd{}, StepDecay{}},
           Scheduled{Sgd{}, Plateau{}}, Scheduled{Sgd{}, WarmUp<CosineDecay>{}});
  CHECK(all == R"(
Sgd: learning_rate
Momentum: learning_rate momentum
Nesterov: learning_rate momentum
Adagrad: learning_rate initial_accumulator epsilon
RmsProp: learning_rate rho epsilon
Adadelta: learning_rate rho epsilon
Adam: learning_rate beta_1 beta_2 epsilon
AdamW: learning_rate beta_1 beta_2 epsilon weight_decay
Adamax: learning_rate beta_1 beta_2 epsilon
Nadam: learning_rate beta_1 beta_2 epsilon
Clipped: optimizer optimizer.learning_rate clipping clipping.max
Clipped: optimizer optimizer.learning_rate clipping clipping.max
Scheduled: optimizer optimizer.learning_rate schedule
Scheduled: optimizer optimizer.learning_rate schedule schedule.steps schedule.floor
Scheduled: optimizer optimizer.learning_rate schedule schedule.steps schedule.rate
Scheduled: optimizer optimizer.learning_rate schedule schedule.every schedule.rate
Scheduled: optimizer optimizer.learning_rate schedule schedule.every schedule.threshold schedule.factor
Scheduled: optimizer optimizer.learning_rate schedule schedule.steps schedule.after schedule.after.steps schedule.after.floor)");
  all.clear();
  add_each(Lossless{}, Float64{}, Float32{}, Float16{}, BFloat16{}, Int8{}, OneBit{}, TopK{});
  CHECK(all == R"(
Lossless:
Float64:
Float32:
Float16:
BFloat16:
Int8: block
OneBit: block
TopK: fraction)");
}

TEST_CASE("numbers are as short as possible, and other values are described as far as possible") {
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
                                                    {"Outer::tenth", "0.1"},
                                                    {"Outer::large", "1e+300"},
                                                    {"Outer::negative", "-0"},
                                                    {"Outer::absent", "-"},
                                                    {"Outer::present", "-3"},
                                                    {"Outer::nested", "Inner"},
                                                    {"Outer::nested.on", "1"},
                                                    {"Outer::nested.third", "0.33333334"},
                                                    {"Outer::text", "a b"},
                                                    {"Outer::pointer", "?"},
                                                    {"Outer::function", "?"},
                                                    {"Outer::kind", "1"},
                                                    {"Outer::small", "-1"}});
  CHECK(describe_settings("workers", 4) == Settings{{"workers", "4"}});
}

TEST_CASE("an optional without a string differs from one that holds the text for none") {
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
