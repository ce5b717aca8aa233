#include <tributary/inference/json.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <tributary/data/events.hpp>
#include <tributary/model/sequential.hpp>

#include "../data/support.hpp"

using namespace tributary;

TEST_CASE("smoke") {
  using Net = Sequential<float, Dense<3,40>, Relu, Dropout, Dense<40, 2>, SoftmaxCrossEntropy>;
  Net net{{}, {}, {.rate = 0.25}, {}, {}};
  SavedModel saved{net, Vector<float>(net.parameter_count())};
  Rng rng = Seed{1}.rng();
  net.initialise(saved.parameters, rng);
  const TemporaryFile file{""};
  save_model(file.path(), saved);
  MESSAGE(std::string{FileContents{file.path()}.bytes()});
  const auto back = load_model<Net>(file.path());
  CHECK(back.parameters == saved.parameters);
}
