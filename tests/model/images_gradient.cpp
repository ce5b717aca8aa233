#include <tributary/model/sequential.hpp>

#include <doctest/doctest.h>

#include "model/helpers.hpp"

using namespace tributary;

namespace {
template <class Net>
void check_layers(Net net, Index events = 3) {
  auto batch = random_batch(Net::inputs(), events, Seed{5});
  for (Index i = 0; i < events; ++i) batch.labels.push_back(static_cast<int>(i % 2));
  check_gradient(net, initial(net), batch);
}
}  // namespace

TEST_CASE("the gradient of a net of images is the slope of its loss") {
  check_layers(sequential<double>(Image<6, 7, 2>{}, Conv2D<5, 3>{.l1 = 0.01, .l2 = 0.1}, Tanh{},
                                  Conv2D<3, 2>{.l2 = 0.2}, Flatten{}, Dense<36, 2>{},
                                  SoftmaxCrossEntropy{}));
  check_layers(sequential<double>(Image<7, 6, 1>{}, Conv2D<33, 3, 2>{}, Swish{},
                                  Conv2D<4, 1, 1, Padding::same>{}, Conv2D<34, 2, 2>{}, Flatten{},
                                  Dense<34, 2>{}, SoftmaxCrossEntropy{}));
}

TEST_CASE("the gradient with padding is the slope of the loss") {
  check_layers(sequential<double>(
      Image<5, 6, 2>{}, Conv2D<3, 3, 1, Padding::same>{}, Tanh{}, Conv2D<4, 4, 2, Padding::same>{},
      Conv2D<2, 5, 3, Padding::same>{}, Dense<2, 2>{}, SoftmaxCrossEntropy{}));
}

TEST_CASE("the gradient through pools is the slope of the loss") {
  check_layers(sequential<double>(Image<9, 10, 2>{}, Conv2D<3, 2>{}, MaxPool2D<3, 2>{}, Tanh{},
                                  AveragePool2D<2, 1>{}, Conv2D<2, 1>{}, MaxPool2D<2>{},
                                  Dense<2, 2>{}, SoftmaxCrossEntropy{}));
  check_layers(sequential<double>(Image<8, 8, 1>{}, Conv2D<4, 1>{}, AveragePool2D<3>{}, Flatten{},
                                  Dense<16, 2>{}, SoftmaxCrossEntropy{}));
}

TEST_CASE("batches of images in chunks have the gradient of their events") {
  auto net =
      sequential<double>(Image<5, 5, 1>{}, Conv2D<3, 2, 1, Padding::same>{}, Tanh{}, MaxPool2D<2>{},
                         Conv2D<4, 2>{}, Dense<4, 2>{}, SoftmaxCrossEntropy{});
  check_layers(net, 150);
}
