#include <tributary/model/frozen.hpp>

#include <doctest/doctest.h>

#include <span>
#include <string>
#include <tributary/inference/cpp_header.hpp>
#include <tributary/inference/json.hpp>
#include <tributary/inference/lwtnn.hpp>
#include <tributary/inference/predictor.hpp>
#include <tributary/model/sequential.hpp>
#include <vector>

#include "saved.hpp"

using namespace tributary;

namespace {
const Sequential frozen{Frozen{Dense<3, 40>{.l2 = 0.5}}, Frozen{BatchNorm{.epsilon = 0.01}}, Relu{},
                        Dense<40, 2>{}, SoftmaxCrossEntropy{}};
const Sequential same{Dense<3, 40>{.l2 = 0.5}, BatchNorm{.epsilon = 0.01}, Relu{}, Dense<40, 2>{},
                      SoftmaxCrossEntropy{}};
const auto saved_frozen = saved_model(frozen);
const auto saved_same = saved_model(same);
}  // namespace

TEST_CASE("a model with frozen layers has the file that it would have without Frozen") {
  using FrozenNet = std::remove_const_t<decltype(frozen)>;
  using Net = std::remove_const_t<decltype(same)>;
  REQUIRE(saved_frozen.parameters == saved_same.parameters);
  const std::string text = text_of([](const auto& path) { save_model(path, saved_frozen); });
  CHECK(text == text_of([](const auto& path) { save_model(path, saved_same); }));
  const TemporaryFile file{text};
  CHECK(load_model<Net>(file.path()).parameters == saved_same.parameters);
  const auto loaded = load_model<FrozenNet>(file.path());
  CHECK(loaded.parameters == saved_same.parameters);
  CHECK(std::get<0>(loaded.net.elements()).layer.l2 == 0.5);
  CHECK(std::get<1>(loaded.net.elements()).layer.epsilon == 0.01);
}

TEST_CASE("a predictor and a header of a net with frozen layers are those without Frozen") {
  const Predictor one{saved_frozen};
  const Predictor other{saved_same};
  const std::vector<float> features{0.3f, -2, 7};
  std::vector<float> scores(2), expected(2);
  one.predict(std::span{features}, std::span{scores});
  other.predict(std::span{features}, std::span{expected});
  CHECK(scores == expected);
  CHECK(generate_header(saved_frozen, "net") == generate_header(saved_same, "net"));
}

TEST_CASE("lwtnn's files do not show that a layer is frozen") {
  const std::string text = text_of([](const auto& path) { save_lwtnn(path, saved_frozen); });
  CHECK(text == text_of([](const auto& path) { save_lwtnn(path, saved_same); }));
  const TemporaryFile file{text};
  const auto loaded = load_lwtnn<std::remove_const_t<decltype(frozen)>>(file.path(), frozen);
  const auto expected = load_lwtnn<std::remove_const_t<decltype(same)>>(file.path(), same);
  CHECK(loaded.parameters == expected.parameters);
}
