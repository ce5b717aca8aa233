// Against PyTorch, see golden/make.py.
#include <doctest/doctest.h>

#include <cmath>
#include <tributary/model/sequential.hpp>
#include <vector>

#include "golden/numbers.hpp"

using namespace tributary;
using golden::wave;

namespace {

using Numbers = std::vector<double>;

/// W by output and input.
template <int In, int Out>
void set_weights(double* p, double salt) {
  for (Index o = 0; o < Out; ++o)
    for (Index i = 0; i < In; ++i)
      p[DensePart<double, In, Out>::place(o, i)] = wave(static_cast<double>(o * In + i), salt);
}
template <int In, int Out>
void get_weights(const double* p, Numbers& to) {
  for (Index o = 0; o < Out; ++o)
    for (Index i = 0; i < In; ++i) to.push_back(p[DensePart<double, In, Out>::place(o, i)]);
}
void set(double* p, Index count, double salt) {
  for (Index k = 0; k < count; ++k) p[k] = wave(static_cast<double>(k), salt);
}

EventBatch<double> six_events() {
  EventBatch<double> batch;
  batch.features.resize(3, 6);
  batch.targets.resize(2, 6);
  for (int i = 0; i < 6; ++i) {
    for (int k = 0; k < 3; ++k) batch.features(k, i) = 2 * wave(3 * i + k, 0.5);
    for (int k = 0; k < 2; ++k) batch.targets(k, i) = 0.5 + 0.5 * wave(2 * i + k, 5);
  }
  return batch;
}
EventBatch<double> labeled() {
  EventBatch<double> batch = six_events();
  batch.targets.resize(0, 0);
  batch.labels = {0, 1, 1, 0, 1, 0};
  batch.weights = Vector<double>{{1, 0.5, 2, -0.3, 1, 1}};
  return batch;
}

void compare(const Numbers& found, const auto& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CAPTURE(i);
    CHECK(std::abs(found[i] - expected[i]) <= 1e-13);
  }
}

void check(const auto& activation, const auto& head, const EventBatch<double>& batch,
           const auto& expected) {
  auto net = sequential<double>(Dense<3, 4>{}, activation, Dense<4, 2>{}, head);
  Vector<double> p(26), g(26);
  set_weights<3, 4>(p.data(), 1);
  set(p.data() + 12, 4, 2);
  set_weights<4, 2>(p.data() + 16, 3);
  set(p.data() + 24, 2, 4);
  Numbers found{net.loss_and_gradient(p, batch, g)};
  get_weights<3, 4>(g.data(), found);
  found.insert(found.end(), g.data() + 12, g.data() + 16);
  get_weights<4, 2>(g.data() + 16, found);
  found.insert(found.end(), g.data() + 24, g.data() + 26);
  compare(found, expected);
}

}  // namespace

TEST_CASE("nets of each activation and head have PyTorch's losses and gradients") {
  check(Relu{}, SoftmaxCrossEntropy{}, labeled(), golden::net_relu);
  check(LeakyRelu{.slope = 0.2}, SoftmaxCrossEntropy{}, labeled(), golden::net_leaky_relu);
  check(Elu{.alpha = 1.5}, SoftmaxCrossEntropy{}, labeled(), golden::net_elu);
  check(Tanh{}, SoftmaxCrossEntropy{}, labeled(), golden::net_tanh);
  check(Sigmoid{}, SoftmaxCrossEntropy{}, labeled(), golden::net_sigmoid);
  check(Swish{}, SoftmaxCrossEntropy{}, labeled(), golden::net_swish);
  check(Softplus{}, SoftmaxCrossEntropy{}, labeled(), golden::net_softplus);
  check(Tanh{}, MeanSquaredError{}, six_events(), golden::net_squares);
  check(Tanh{}, MeanAbsoluteError{}, six_events(), golden::net_magnitudes);
  check(Tanh{}, SigmoidCrossEntropy{}, six_events(), golden::net_sigmoids);
}

TEST_CASE("a net of images has PyTorch's loss and gradient") {
  auto net = sequential<double>(Image<6, 6, 2>{}, Conv2D<3, 3>{}, Relu{}, MaxPool2D<2>{}, Flatten{},
                                Dense<12, 2>{}, MeanSquaredError{});
  EventBatch<double> batch;
  batch.features.resize(72, 3);
  for (int k = 0; k < 3 * 72; ++k) batch.features.data()[k] = wave(k, 0.5);
  batch.targets = Matrix<double>::Zero(2, 3);
  Vector<double> p = Vector<double>::Zero(net.parameter_count()), g = p;
  const auto place = [](Index filter, Index i) { return i * 3 + filter; };  // one narrow panel
  for (Index filter = 0; filter < 3; ++filter)
    for (Index i = 0; i < 18; ++i)
      p[place(filter, i)] = wave(static_cast<double>(filter * 18 + i), 1);
  set(p.data() + 54, 3, 2);
  set_weights<12, 2>(p.data() + 57, 3);
  Numbers found{net.loss_and_gradient(p, batch, g)};
  for (Index filter = 0; filter < 3; ++filter)
    for (Index i = 0; i < 18; ++i) found.push_back(g[place(filter, i)]);
  found.insert(found.end(), g.data() + 54, g.data() + 57);
  compare(found, golden::net_images);
}

TEST_CASE("BatchNorm trains as PyTorch's, and predicts with the variance divided by n") {
  auto net = sequential<double>(Dense<3, 4>{}, BatchNorm{}, Dense<4, 2>{}, SoftmaxCrossEntropy{});
  Vector<double> p = Vector<double>::Zero(net.parameter_count()), g = p;
  set_weights<3, 4>(p.data(), 1);
  set(p.data() + 16, 4, 2);
  set(p.data() + 20, 4, 3);
  set_weights<4, 2>(p.data() + 32, 4);
  const auto batch = labeled();
  Numbers found{net.loss_and_gradient(p, batch, g)};
  get_weights<3, 4>(g.data(), found);
  found.insert(found.end(), g.data() + 16, g.data() + 24);
  get_weights<4, 2>(g.data() + 32, found);
  compare(found, golden::net_batch_norm);

  // The statistics, by hand.
  for (Index k = 0; k < 4; ++k) {
    Vector<double> h(6);
    for (Index i = 0; i < 6; ++i) {
      h[i] = 0;
      for (Index j = 0; j < 3; ++j)
        h[i] += wave(static_cast<double>(k * 3 + j), 1) * batch.features(j, i);
    }
    p[24 + k] = h.mean();
    p[28 + k] = (h.array() - h.mean()).square().mean();
  }
  const Matrix<double> scores = net.predict(p, batch.features);
  compare(Numbers(scores.data(), scores.data() + scores.size()), golden::batch_norm_scores);
}
