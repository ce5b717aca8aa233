#include <tributary/model/softmax.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <tributary/model/sequential.hpp>

#include "model/helpers.hpp"

using namespace tributary;

TEST_CASE("a softmax inside a net is the softmax of its inputs") {
  const auto net = sequential<double>(Image<1, 3, 1>{}, Flatten{}, Softmax{}, MeanSquaredError{});
  const Vector<double> none, sizes{{std::log(1), std::log(3), std::log(4)}};
  CHECK(net.predict(none, sizes).isApprox(Vector<double>{{0.125, 0.375, 0.5}}));
  CHECK(net.predict(none, Vector<double>{sizes.array() + 1e4})
            .isApprox(Vector<double>{{0.125, 0.375, 0.5}}, 1e-10));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(net.predict(none, Vector<double>{{0, nan, 1}}).hasNaN());
}

TEST_CASE("the gradient of a net with a softmax inside is that of its loss") {
  auto net =
      sequential<double>(Dense<3, 5>{}, Softmax{}, Dense<5, 4>{}, Softmax{}, MeanSquaredError{});
  auto batch = random_batch(3, 8, Seed{4});
  batch.targets = Matrix<double>::Random(4, 8);
  check_gradient(net, initial(net), batch);
}
