#include <tributary/model/sequential.hpp>

#include <doctest/doctest.h>

#include <tributary/model/summary.hpp>

#include "model/helpers.hpp"

using namespace tributary;

TEST_CASE("a convolution is that of Keras") {
  // x = 1 … 6 in two lines, w(i, j) = 1, 10, 100, 1000, b = 0.5
  const auto outputs = [](auto layer) {
    auto net = sequential<double>(Image<2, 3, 1>{}, layer, MeanSquaredError{});
    Vector<double> parameters(5);
    parameters << 1, 10, 100, 1000, 0.5;
    Matrix<double> x(6, 1);
    x << 1, 2, 3, 4, 5, 6;
    const Matrix<double> scores = net.predict(parameters, x);
    return Vector<double>{scores.col(0)};
  };
  CHECK(outputs(Conv2D<1, 2>{}) == Vector<double>{{5421.5, 6532.5}});
  // one line of zeros below and one column to the right
  CHECK(outputs(Conv2D<1, 2, 1, Padding::same>{}) ==
        Vector<double>{{5421.5, 6532.5, 603.5, 54.5, 65.5, 6.5}});
  CHECK(outputs(Conv2D<1, 2, 2, Padding::same>{}) == Vector<double>{{5421.5, 603.5}});
}

TEST_CASE("pools omit pixels that their window does not reach") {
  auto largest = sequential<double>(Image<3, 3, 1>{}, MaxPool2D<2>{}, MeanSquaredError{});
  auto mean = sequential<double>(Image<3, 3, 1>{}, AveragePool2D<2>{}, MeanSquaredError{});
  Matrix<double> x(9, 1);
  x << 1, 2, 9, 4, 5, 9, 9, 9, 9;
  const Vector<double> none;
  CHECK(largest.predict(none, x)(0, 0) == 5);
  CHECK(mean.predict(none, x)(0, 0) == 3);
}

TEST_CASE("one image is predicted like many, with the net's own scratch") {
  const Sequential net{Image<9, 8, 3>{},
                       Conv2D<40, 3, 1, Padding::same>{},
                       Relu{},
                       MaxPool2D<2>{},
                       Conv2D<6, 3, 2>{},
                       Flatten{},
                       Dense<6, 2>{},
                       SoftmaxCrossEntropy{}};
  const auto parameters = initial(net);
  const Matrix<float> features = random_batch(216, 70, Seed{4}).features.cast<float>();
  const Matrix<float> scores = net.predict(parameters, features);
  Vector<float> one(2);
  for (Index i = 0; i < features.cols(); ++i) {
    REQUIRE(net.predict({parameters.data(), static_cast<std::size_t>(parameters.size())},
                        {features.col(i).data(), 216}, {one.data(), 2}));
    CHECK((one - scores.col(i)).cwiseAbs().maxCoeff() < 1e-6f);
  }
}

TEST_CASE("the weights of a convolution are drawn for its kernel") {
  const auto net = sequential<double>(
      Image<9, 9, 4>{}, Conv2D<50, 5>{.initialization = Initialization::glorot_normal},
      MeanSquaredError{});
  const auto parameters = initial(net);
  const double variance = parameters.head(5000).squaredNorm() / 5000;
  const double expected = 2.0 / (25 * 4 + 25 * 50);
  CHECK(variance == doctest::Approx(expected).epsilon(5 * std::sqrt(2.0 / 5000)));  // 5 σ
  CHECK(parameters.tail(50).isZero(0));
}

TEST_CASE("a summary shows the shapes of images") {
  const Sequential net{Image<28, 28, 1>{}, Conv2D<32, 5>{},   MaxPool2D<2>{},       BatchNorm{},
                       Flatten{},          Dense<4608, 10>{}, SoftmaxCrossEntropy{}};
  CHECK(summary(net) == R"(Model: "sequential"
______________________________________________________________________________
 Layer (type)                                 Output Shape        Param #
==============================================================================
 image (Image)                                (None, 28, 28, 1)   0
 conv2d (Conv2D)                              (None, 24, 24, 32)  832
 max_pool2d (MaxPool2D)                       (None, 12, 12, 32)  0
 batch_norm (BatchNorm)                       (None, 12, 12, 32)  128
 flatten (Flatten)                            (None, 4608)        0
 dense (Dense)                                (None, 10)          46,090
 softmax_cross_entropy (SoftmaxCrossEntropy)  (None, 10)          0
==============================================================================
Total params: 47,050
______________________________________________________________________________
)");
}

TEST_CASE("settings of layers of images out of range are refused by name") {
  CHECK_THROWS_WITH_AS((Sequential{Image<2, 2, 1>{}, Conv2D<1, 1>{.l1 = -1}, Hinge{}}),
                       "Conv2D::l1 = -1, must be at least 0", std::invalid_argument);
  CHECK_THROWS_WITH_AS((Sequential{Image<2, 2, 1>{}, Conv2D<1, 1>{.l2 = -1}, Hinge{}}),
                       "Conv2D::l2 = -1, must be at least 0", std::invalid_argument);
  CHECK_THROWS_WITH_AS((Sequential{Dense<2, 2>{}, BatchNorm{.epsilon = 0}, Hinge{}}),
                       "BatchNorm::epsilon = 0, must be in (0, 1)", std::invalid_argument);
}
