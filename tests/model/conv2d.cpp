#include <tributary/model/conv2d.hpp>

#include <doctest/doctest.h>

#include <tributary/model/sequential.hpp>

#include "model/helpers.hpp"

using namespace tributary;

TEST_CASE("float and double agree on images") {
  const auto gradient = [](auto scalar) {
    using S = decltype(scalar);
    auto net = sequential<S>(Image<12, 12, 3>{}, Conv2D<40, 5, 1, Padding::same>{}, Relu{},
                             MaxPool2D<2>{}, Conv2D<6, 3>{}, BatchNorm{}, Relu{}, Flatten{},
                             Dense<96, 3>{}, SoftmaxCrossEntropy{});
    const auto drawn = random_batch(432, 32, Seed{2});
    EventBatch<S> batch;
    batch.features = drawn.features.cast<float>().cast<S>();
    for (int i = 0; i < 32; ++i) batch.labels.push_back(i % 3);
    Vector<S> slopes(net.parameter_count());
    const Vector<float> parameters = initial(net).template cast<float>();
    net.loss_and_gradient(parameters.cast<S>(), batch, slopes);
    return Vector<double>{slopes.template cast<double>()};
  };
  const Vector<double> fine = gradient(0.0), coarse = gradient(0.0f);
  CHECK((coarse - fine).norm() < 1e-5 * fine.norm());
}

TEST_CASE("the gradient of a net with convolutions in tiles is the slope of its loss") {
  auto net = sequential<double>(Image<6, 5, 1>{}, Conv2D<16, 2>{}, Tanh{},
                                Conv2D<16, 3, 1, Padding::same>{.l2 = 0.1}, Tanh{}, Conv2D<16, 4>{},
                                Flatten{}, Dense<32, 2>{}, SoftmaxCrossEntropy{});
  auto batch = random_batch(30, 2, Seed{5});
  batch.labels = {0, 1};
  check_gradient(net, initial(net), batch);
}
