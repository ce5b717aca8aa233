#include <tributary/inference/lwtnn.hpp>

#include <doctest/doctest.h>

#include <tributary/model/sequential.hpp>

#include "lwtnn_evaluator.hpp"

using namespace tributary;

namespace {

using Everything = Sequential<double, Image<1, 3, 1>, Flatten, Dense<3, 5>, BatchNorm, LeakyRelu,
                              Elu, Dense<5, 4>, Tanh, Sigmoid, HardSigmoid, Linear, Swish, Softmax,
                              Dense<4, 4>, Softmax, Dense<4, 1>, SigmoidCrossEntropy>;

const Everything everything{
    {}, {}, {}, {.epsilon = 1e-4}, {.slope = 0.3}, {.alpha = 0.7}, {}, {}, {}, {}, {}, {}, {}, {},
    {}, {}, {}};

}  // namespace

TEST_CASE("lwtnn gives the scores of a net with all its layers, in both forms") {
  for (const LwtnnForm form : {LwtnnForm::sequential, LwtnnForm::graph})
    check_scores(saved_model(everything), form, 1e-13);
}

TEST_CASE("settings of activations come back, and BatchNorm as an equivalent one") {
  const SavedModel<Everything> saved = saved_model(everything);
  const TemporaryFile file{""};
  save_lwtnn(file.path(), saved, LwtnnForm::graph);
  const auto loaded = load_lwtnn<Everything>(file.path());  // its self-test is within 1e-9
  CHECK(std::get<LeakyRelu>(loaded.net.elements()).slope == 0.3);
  CHECK(std::get<Elu>(loaded.net.elements()).alpha == 0.7);
}

TEST_CASE(
    "a BatchNorm whose factor is 0, or below the smallest normal float, is written and read") {
  using Flat = Sequential<float, Dense<3, 5>, BatchNorm, Relu, Dense<5, 4>, SoftmaxCrossEntropy>;
  for (const float factor : {0.0f, 1e-42f, -1e-44f, 1e-30f, 1e-20f}) {
    for (const float offset : {0.0f, 0.7f, 40.0f}) {
      SavedModel<Flat> saved = saved_model(detail::default_net<Flat>());
      const Index batch_norm = 3 * 5 + 5;
      saved.parameters[batch_norm + 3] = factor;
      saved.parameters[batch_norm + 5 + 3] = offset;
      for (const LwtnnForm form : {LwtnnForm::sequential, LwtnnForm::graph}) {
        check_scores(saved, form, 2e-6);
        const TemporaryFile file{text_as(saved, form)};
        const auto loaded = load_lwtnn<Flat>(file.path());
        const std::vector<double> event{1, -2, 3}, ours = detail::scores_of(saved)(event),
                                                   again = detail::scores_of(loaded)(event);
        for (std::size_t i = 0; i < 4; ++i) CHECK(std::abs(ours[i] - again[i]) < 2e-6);
      }
    }
  }
}
