#include <tributary/model/batch_norm.hpp>

#include <doctest/doctest.h>

#include <tributary/model/sequential.hpp>

#include "model/helpers.hpp"

using namespace tributary;

TEST_CASE("the gradient of a net with batch normalization is the slope of its loss") {
  auto net = sequential<double>(Image<5, 4, 2>{}, BatchNorm{}, Conv2D<3, 2>{},
                                BatchNorm{.epsilon = 0.1}, Tanh{}, Flatten{}, Dense<36, 5>{},
                                BatchNorm{}, Swish{}, Dense<5, 2>{}, SoftmaxCrossEntropy{});
  auto batch = random_batch(40, 70, Seed{5});  // more than a chunk of other nets
  for (int i = 0; i < 70; ++i) batch.labels.push_back(i % 2);
  batch.weights = Vector<double>::LinSpaced(70, -1, 3);
  check_gradient(net, initial(net), batch);
}

TEST_CASE("during training each channel has the mean and spread of its parameters") {
  auto part = BatchNorm{.epsilon = 1e-12}.make_part<double, Shape{2, 2, 3}>();
  Vector<double> p(12);
  p << 1, 2, 3, 10, 20, 30, 0, 0, 0, -1, -1, -1;
  const Matrix<double> x = random_batch(12, 50, Seed{2}).features;
  Matrix<double> y(12, 50);
  part.forward_training(p.data(), x, y);
  for (Index channel = 0; channel < 3; ++channel) {
    const auto numbers = y.reshaped(3, 200).row(channel).array();
    const double mean = numbers.mean();
    CHECK(mean == doctest::Approx(p[3 + channel]));
    CHECK(std::sqrt((numbers - mean).square().mean()) == doctest::Approx(p[channel]));
  }
}

TEST_CASE("predictions are NaN until the statistics are set") {
  const auto net = sequential<double>(Dense<2, 3>{}, BatchNorm{}, MeanSquaredError{});
  const Matrix<double> x = Matrix<double>::Ones(2, 4);
  CHECK(net.predict(initial(net), x).array().isNaN().all());
}
