#include <tributary/inference/lwtnn.hpp>

#include <doctest/doctest.h>

#include <tributary/model/sequential.hpp>

#include "lwtnn_evaluator.hpp"

using namespace tributary;

namespace {

using Everything =
    Sequential<double, Image<1, 3, 1>, Flatten, Dense<3, 5>, BatchNorm, LeakyRelu, Elu, Dense<5, 4>,
               Tanh, Sigmoid, HardSigmoid, Linear, Swish, Dense<4, 1>, SigmoidCrossEntropy>;

const Everything everything{
    {}, {}, {}, {.epsilon = 1e-4}, {.slope = 0.3}, {.alpha = 0.7}, {}, {}, {}, {}, {}, {}, {}, {}};

}  // namespace

TEST_CASE("lwtnn gives the scores of a net of all that it knows, in both forms") {
  for (const LwtnnForm form : {LwtnnForm::sequential, LwtnnForm::graph})
    check_scores(saved_model(everything), form, 1e-13);
}

TEST_CASE("settings of activations come back, and BatchNorm as one that does the same") {
  const SavedModel<Everything> saved = saved_model(everything);
  const TemporaryFile file{""};
  save_lwtnn(file.path(), saved, LwtnnForm::graph);
  const auto loaded = load_lwtnn<Everything>(file.path());  // its self-test is within 1e-9
  CHECK(std::get<LeakyRelu>(loaded.net.elements()).slope == 0.3);
  CHECK(std::get<Elu>(loaded.net.elements()).alpha == 0.7);
}

TEST_CASE("a BatchNorm that forgets a number is refused") {
  SavedModel<Everything> flat = saved_model(everything);
  flat.parameters[20 + 3] = 0;  // the fourth factor of BatchNorm, after a Dense of 20 parameters
  CHECK(message_of<std::invalid_argument>([&] { text_as(flat, LwtnnForm::graph); }) ==
        "layer 4 of the net, BatchNorm, has a factor of 0, which has no form in lwtnn's JSON");
}
