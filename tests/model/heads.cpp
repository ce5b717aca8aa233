#include <tributary/model/cross_entropy.hpp>
#include <tributary/model/hinge.hpp>
#include <tributary/model/regression.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <tributary/model/sequential.hpp>

#include "model/helpers.hpp"

using namespace tributary;

namespace {
/// A net of a smooth layer and k outputs under this head, with weights of both signs.
template <int K>
void check_net(const auto& head, EventBatch<double> batch) {
  auto net = sequential<double>(Dense<3, 4>{}, Tanh{}, Dense<4, K>{.l1 = 0.01, .l2 = 0.1}, head);
  Vector<double> parameters(net.parameter_count());
  Rng rng = Seed{3}.rng();
  net.initialize(parameters, rng);
  check_gradient(net, parameters, batch);
  batch.weights = Vector<double>::LinSpaced(batch.features.cols(), -2, 3);
  check_gradient(net, parameters, batch);
}
EventBatch<double> labeled(std::vector<int> labels) {
  auto batch = random_batch(3, std::ssize(labels), Seed{6});
  batch.labels = std::move(labels);
  return batch;
}
EventBatch<double> targeted(Matrix<double> targets) {
  auto batch = random_batch(3, targets.cols(), Seed{6});
  batch.targets = std::move(targets);
  return batch;
}
const Matrix<double> soft{{0.2, 0.5, 1.0, 0.0}, {0.8, 0.25, 0.0, 0.1}, {0.0, 0.25, 0.0, 0.9}};
const Matrix<double> signs{{1, -1, 1, -1}, {-1, -1, 1, 1}, {1, 1, -1, 1}};
const Matrix<double> real{{1.5, -20, 3, 0.1}, {7, 1, -0.4, 0}, {0.3, 0.2, 0.1, -5}};

/// Loss and slope of one event by the head alone.
template <std::size_t K>
std::pair<Loss, std::array<double, K>> judge(const auto& head, std::array<double, K> z,
                                             const EventBatch<double>& batch) {
  std::array<double, K> dz;
  const Loss loss =
      head.loss(std::span<const double>{z}, Target<double>{batch, 0, static_cast<Index>(K)},
                std::span<double>{dz});
  return {loss, dz};
}
}  // namespace

TEST_CASE("the gradient under each head is the slope of the loss") {
  check_net<3>(SoftmaxCrossEntropy{}, labeled({0, 2, 1, 1, 2}));
  check_net<3>(SoftmaxCrossEntropy{}, targeted(soft));
  check_net<1>(SigmoidCrossEntropy{}, labeled({0, 1, 1, 0}));
  check_net<1>(SigmoidCrossEntropy{}, targeted(soft.topRows(1)));
  check_net<3>(SigmoidCrossEntropy{}, labeled({0, 2, 1, 1, 2}));
  check_net<3>(SigmoidCrossEntropy{}, targeted(soft));
  check_net<3>(MeanSquaredError{}, targeted(real));
  check_net<1>(MeanSquaredError{}, labeled({0, 1, 1}));
  check_net<3>(MeanAbsoluteError{}, targeted(real));
  check_net<3>(MeanAbsoluteError{}, labeled({0, 2, 1}));
  check_net<3>(Hinge{}, targeted(signs));
  check_net<1>(Hinge{}, labeled({0, 1, 1, 0}));
}

TEST_CASE("a label is 0 or 1 for one output and one-hot for several; targets come before labels") {
  auto batch = labeled({1});
  CHECK(Target<double>{batch, 0, 1}[0] == 1);
  const Target<double> one_hot{batch, 0, 3};
  CHECK(one_hot[0] == 0);
  CHECK(one_hot[1] == 1);
  CHECK(one_hot[2] == 0);
  batch.targets = Matrix<double>::Constant(3, 1, 0.25);
  CHECK(Target<double>{batch, 0, 3}[1] == 0.25);
}

TEST_CASE("the heads have the losses of their formulas") {
  const auto one = labeled({1}), zero = labeled({0});
  const auto two = targeted(Matrix<double>{{0.5}, {-2.0}});
  using Pair = std::array<double, 2>;
  using Single = std::array<double, 1>;
  const double sum = std::exp(0.3) + std::exp(-0.7);
  CHECK(judge(SoftmaxCrossEntropy{}, Pair{0.3, -0.7}, one).first ==
        doctest::Approx(-std::log(std::exp(-0.7) / sum)));
  CHECK(judge(SigmoidCrossEntropy{}, Single{0.3}, one).first ==
        doctest::Approx(std::log(1 + std::exp(-0.3))));
  CHECK(judge(SigmoidCrossEntropy{}, Single{0.3}, zero).first ==
        doctest::Approx(std::log(1 + std::exp(0.3))));
  CHECK(judge(MeanSquaredError{}, Pair{1, 1}, two).first == doctest::Approx((0.25 + 9) / 2));
  CHECK(judge(MeanAbsoluteError{}, Pair{1, 1}, two).first == doctest::Approx((0.5 + 3) / 2));
  CHECK(judge(Hinge{}, Single{0.25}, one).first == doctest::Approx(0.75));
  CHECK(judge(Hinge{}, Single{0.25}, zero).first == doctest::Approx(1.25));
  CHECK(judge(Hinge{}, Single{3}, one).first == 0);
}

TEST_CASE("cross entropies at outputs times 1000 are finite and exact") {
  EventBatch<float> right, wrong;
  right.labels = {0};
  wrong.labels = {1};
  std::array<float, 2> z{1000, -1000}, dz;
  const std::span<const float> outputs{z};
  const std::span<float> slopes{dz}, scores{z};
  CHECK(SoftmaxCrossEntropy{}.loss(outputs, Target<float>{right, 0, 2}, slopes) == 0);
  CHECK(SoftmaxCrossEntropy{}.loss(outputs, Target<float>{wrong, 0, 2}, slopes) == 2000);
  CHECK(dz == std::array{1.0f, -1.0f});
  CHECK(SigmoidCrossEntropy{}.loss(outputs.first(1), Target<float>{wrong, 0, 1}, slopes.first(1)) ==
        0);
  CHECK(SigmoidCrossEntropy{}.loss(outputs.first(1), Target<float>{right, 0, 1}, slopes.first(1)) ==
        1000);
  CHECK(dz[0] == 1);
  SoftmaxCrossEntropy{}.activate(scores);
  CHECK(z == std::array{1.0f, 0.0f});
  z = {1000, -1000};
  SigmoidCrossEntropy{}.activate(scores);
  CHECK(z == std::array{1.0f, 0.0f});
}

TEST_CASE("a hit is the largest output at the place of the largest target") {
  const auto second = labeled({1}), first = labeled({0});
  const std::array z{0.1, 0.9, -1.0};
  const std::span<const double> three{z}, high{z.data() + 1, 1}, low{z.data() + 2, 1};
  CHECK(SoftmaxCrossEntropy{}.hit(three, Target<double>{second, 0, 3}));
  CHECK(!SoftmaxCrossEntropy{}.hit(three, Target<double>{first, 0, 3}));
  CHECK(Hinge{}.hit(high, Target<double>{second, 0, 1}));
  CHECK(!Hinge{}.hit(low, Target<double>{second, 0, 1}));
  CHECK(SigmoidCrossEntropy{}.hit(low, Target<double>{first, 0, 1}));
  CHECK(!SigmoidCrossEntropy{}.hit(high, Target<double>{first, 0, 1}));
}
