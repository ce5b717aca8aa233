#include <tributary/model/sequential.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "model/helpers.hpp"

using namespace tributary;

namespace {
using W1 = decltype(Sequential{Dense<30, 500>{}, Relu{}, Dropout{.rate = 0.4f}, Dense<500, 500>{},
                               Relu{}, Dense<500, 2>{}, SoftmaxCrossEntropy{}});
static_assert(W1::parameter_count() == 267'002);
static_assert(W1::inputs() == 30 && W1::outputs() == 2);
static_assert(std::same_as<W1::Scalar, float>);
static_assert(Stochastic<W1> && CountsHits<W1> && ChecksData<W1, Events> && Predictive<W1>);

using Line = decltype(sequential<double>(Dense<2, 1>{}, MeanSquaredError{}));
static_assert(Predictive<Line> && ChecksData<Line, BasicEvents<double>>);
static_assert(!CountsHits<Line>);

std::string complaint(const auto& net, const auto& events) {
  try {
    net.check(events);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "none";
}
}  // namespace

TEST_CASE("a copy of a net has the type of the net") {
  Sequential net{Dense<2, 1>{}, MeanSquaredError{}};
  Sequential copy{net};
  static_assert(std::same_as<decltype(copy), decltype(net)>);
  CHECK(initial(copy) == initial(net));
}

TEST_CASE("parameters are, layer by layer, the weights by columns, then the biases") {
  auto net = sequential<double>(Dense<2, 3>{}, Dense<3, 1>{}, MeanSquaredError{});
  Vector<double> parameters(13);
  parameters << 1, 2, 3, 4, 5, 6, 0.1, 0.2, 0.3,  // W₁ = (1 4; 2 5; 3 6), b₁
      1, 10, 100, 1000;                           // W₂, b₂
  Matrix<double> x(2, 1);
  x << 1, -1;  // W₁ x + b₁ = (-2.9, -2.8, -2.7)
  CHECK(net.predict(parameters, x)(0, 0) == doctest::Approx(-2.9 - 28 - 270 + 1000));
}

TEST_CASE("the gradient of a net with dropout, weights and penalties is the slope of its loss") {
  auto net = sequential<double>(Dense<5, 7>{.l1 = 0.01, .l2 = 0.02}, Tanh{}, Dropout{.rate = 0.4},
                                Dense<7, 6>{.l2 = 0.1}, Swish{}, Dropout{.rate = 0.2},
                                Dense<6, 3>{.l1 = 0.03}, SoftmaxCrossEntropy{});
  auto batch = random_batch(5, 9, Seed{5});
  batch.labels = {0, 1, 2, 2, 1, 0, 0, 2, 1};
  batch.weights = Vector<double>::LinSpaced(9, -1, 3);
  check_gradient(net, initial(net), batch);
}

TEST_CASE("large layers keep their weights in panels, and learn as small ones do") {
  // More than one panel of outputs, and few outputs of many inputs.
  auto net = sequential<double>(Dense<3, 70>{.l2 = 0.1}, Tanh{}, Dense<70, 2>{.l1 = 0.01},
                                SoftmaxCrossEntropy{});
  auto batch = random_batch(3, 5, Seed{5});
  batch.labels = {0, 1, 1, 1, 0};
  check_gradient(net, initial(net), batch);

  using Large = DensePart<double, 3, 70>;
  using Few = DensePart<double, 70, 2>;
  static_assert(Large::place(0, 0) == 0 && Large::place(31, 2) == 95);
  static_assert(Large::place(32, 0) == 96 && Large::place(64, 0) == 192);
  static_assert(Large::place(69, 2) == 192 + 2 * 6 + 5);
  static_assert(Few::place(0, 31) == 31 && Few::place(1, 0) == 32 && Few::place(0, 64) == 128);
  Vector<double> parameters = Vector<double>::Zero(net.parameter_count());
  parameters[Large::place(65, 1)] = 2;
  parameters[Large::parameter_count + Few::place(1, 65)] = 3;
  Matrix<double> x(3, 1);
  x << 0, 1, 0;  // scores 0 and 3 tanh 2
  CHECK(net.predict(parameters, x)(1, 0) ==
        doctest::Approx(1 / (1 + std::exp(-3 * std::tanh(2.0)))));
}

TEST_CASE("a large batch is computed in chunks with the same result") {
  auto net =
      sequential<double>(Dense<5, 40>{.l2 = 0.1}, Relu{}, Dense<40, 3>{}, SoftmaxCrossEntropy{});
  const auto parameters = initial(net);
  auto batch = random_batch(5, 150, Seed{5});
  batch.weights = Vector<double>::LinSpaced(150, -1, 3);
  for (int i = 0; i < 150; ++i) batch.labels.push_back(i % 3);
  Vector<double> gradient(net.parameter_count()), one = gradient,
                                                  sum = Vector<double>::Zero(net.parameter_count());
  const Loss loss = net.loss_and_gradient(parameters, batch, gradient);
  const Index hits = net.hits();
  Loss losses = 0;
  Index all_hits = 0;
  for (Index i = 0; i < 150; ++i) {
    EventBatch<double> single;
    single.features = batch.features.col(i);
    single.labels = {batch.labels[static_cast<std::size_t>(i)]};
    single.weights = batch.weights.segment(i, 1);
    losses += net.loss_and_gradient(parameters, single, one) / 150;
    sum += one / 150;
    all_hits += net.hits();
  }
  CHECK(loss == doctest::Approx(losses));
  CHECK(hits == all_hits);
  CHECK(gradient.isApprox(sum, 1e-12));
}

TEST_CASE("the gradient does not depend on the sizes of batches before") {
  auto net = sequential<double>(Dense<3, 4>{}, Relu{}, Dense<4, 2>{}, SoftmaxCrossEntropy{});
  const auto parameters = initial(net);
  auto batch = random_batch(3, 6, Seed{2});
  batch.labels = {0, 1, 1, 0, 1, 0};
  Vector<double> fresh(net.parameter_count()), again = fresh, larger = fresh;
  auto used = net;
  const Loss loss = net.loss_and_gradient(parameters, batch, fresh);
  auto large = random_batch(3, 20, Seed{3});
  large.labels.assign(20, 1);
  used.loss_and_gradient(parameters, large, larger);
  CHECK(used.loss_and_gradient(parameters, batch, again) == doctest::Approx(loss).epsilon(1e-14));
  CHECK(again.isApprox(fresh, 1e-13));
}

TEST_CASE("an event with weight w counts as w events, and one with weight -w removes them") {
  auto net = sequential<double>(Dense<3, 2>{}, SoftmaxCrossEntropy{});
  const auto parameters = initial(net);
  auto batch = random_batch(3, 3, Seed{2});
  batch.labels = {0, 1, 1};
  Vector<double> weighted(8), first(8), second(8), third(8);
  batch.weights = Vector<double>::Zero(3);
  batch.weights << 2, -1, 0.5;
  const Loss loss = net.loss_and_gradient(parameters, batch, weighted);
  Loss expected = 0;
  Vector<double> gradient = Vector<double>::Zero(8), one(8);
  for (Index i = 0; i < 3; ++i) {
    EventBatch<double> single;
    single.features = batch.features.col(i);
    single.labels = {batch.labels[static_cast<std::size_t>(i)]};
    expected += batch.weights[i] * net.loss_and_gradient(parameters, single, one) / 3;
    gradient += batch.weights[i] * one / 3;
  }
  CHECK(loss == doctest::Approx(expected));
  CHECK(weighted.isApprox(gradient, 1e-12));
}

TEST_CASE("float and double agree") {
  const auto make = [](auto scalar) {
    return sequential<decltype(scalar)>(Dense<30, 50>{}, Relu{}, Dropout{.rate = 0.4},
                                        Dense<50, 50>{}, Tanh{}, Dense<50, 3>{},
                                        SoftmaxCrossEntropy{});
  };
  auto coarse = make(0.0f);
  auto fine = make(0.0);
  const Vector<double> parameters = initial(coarse).cast<double>();
  auto batch = random_batch(30, 32, Seed{2});
  EventBatch<float> rounded;
  rounded.features = batch.features.cast<float>();
  batch.features = rounded.features.cast<double>();
  for (int i = 0; i < 32; ++i) batch.labels.push_back(i % 3);
  rounded.labels = batch.labels;
  Vector<float> short_gradient(coarse.parameter_count());
  Vector<double> gradient(fine.parameter_count());
  const Loss short_loss =
      coarse.loss_and_gradient(parameters.cast<float>(), rounded, short_gradient);
  const Loss loss = fine.loss_and_gradient(parameters, batch, gradient);
  CHECK(short_loss == doctest::Approx(loss).epsilon(1e-6));
  CHECK((short_gradient.cast<double>() - gradient).norm() < 2e-6 * gradient.norm());
  CHECK(coarse.hits() == fine.hits());
}

TEST_CASE("one event is predicted like many") {
  const W1 net{Dense<30, 500>{}, Relu{},          Dropout{.rate = 0.4f}, Dense<500, 500>{},
               Relu{},           Dense<500, 2>{}, SoftmaxCrossEntropy{}};
  const auto parameters = initial(net);
  const Matrix<float> features = random_batch(30, 300, Seed{4}).features.cast<float>();
  const Matrix<float> scores = net.predict(parameters, features);
  REQUIRE(scores.rows() == 2);
  REQUIRE(scores.cols() == 300);
  CHECK((scores.colwise().sum().array() - 1).abs().maxCoeff() < 1e-6f);
  Vector<float> one(2);
  for (Index i = 0; i < features.cols(); ++i) {
    REQUIRE(
        net.predict({parameters.data(), 267'002}, {features.col(i).data(), 30}, {one.data(), 2}));
    CHECK((one - scores.col(i)).cwiseAbs().maxCoeff() < 1e-5f);
  }
}

TEST_CASE("prediction with spans of a wrong size is refused, and nothing is written") {
  const auto net = sequential<double>(Dense<2, 1>{}, SigmoidCrossEntropy{});
  const std::vector<double> parameters(3), features(2);
  std::vector<double> scores(1, 7.0), two(2, 7.0);
  const std::span<const double> all{parameters}, event{features};
  CHECK(net.predict(all.first(2), event, scores).error() == Errc::size_mismatch);
  CHECK(net.predict(all, event.first(1), scores).error() == Errc::size_mismatch);
  CHECK(net.predict(all, event, two).error() == Errc::size_mismatch);
  CHECK(scores[0] == 7);
  CHECK(two[0] == 7);
  CHECK(bool{net.predict(all, event, scores)});
  CHECK(scores[0] == 0.5);
  CHECK_THROWS_WITH_AS(net.predict(Vector<double>(Vector<double>::Zero(3)),
                                   Matrix<double>(Matrix<double>::Zero(3, 4))),
                       "Sequential::predict: number of features = 3, must be 2",
                       std::invalid_argument);
}

TEST_CASE("hits are the events of the last batch whose class was right") {
  auto net = sequential<double>(Dense<1, 1>{}, SigmoidCrossEntropy{});
  Vector<double> parameters(2), gradient(2);
  parameters << 1, 0;
  EventBatch<double> batch;
  batch.features = Matrix<double>{{-1, 2, 3, -4}};
  batch.labels = {0, 0, 1, 1};
  net.loss_and_gradient(parameters, batch, gradient);
  CHECK(net.hits() == 2);
  batch.labels = {0, 1, 1, 0};
  net.loss_and_gradient(parameters, batch, gradient);
  CHECK(net.hits() == 4);
}

TEST_CASE("a NaN in a feature reaches the loss") {
  const auto poisoned = [](auto activation) {
    auto net = sequential<float>(Dense<2, 16>{}, activation, Dense<16, 2>{}, SoftmaxCrossEntropy{});
    const auto parameters = initial(net);
    EventBatch<float> batch;
    batch.features = Matrix<float>::Ones(2, 3);
    batch.labels = {0, 1, 0};
    batch.features(1, 1) = std::numeric_limits<float>::quiet_NaN();
    Vector<float> gradient(net.parameter_count());
    return std::isnan(net.loss_and_gradient(parameters, batch, gradient)) && gradient.hasNaN() &&
           net.predict(parameters, batch.features).col(1).array().isNaN().all();
  };
  CHECK(poisoned(Linear{}));
  CHECK(poisoned(Relu{}));
  CHECK(poisoned(LeakyRelu{}));
  CHECK(poisoned(Elu{}));
  CHECK(poisoned(Tanh{}));
  CHECK(poisoned(Sigmoid{}));
  CHECK(poisoned(HardSigmoid{}));
  CHECK(poisoned(Swish{}));
  CHECK(poisoned(Softplus{}));
}

TEST_CASE("settings out of range are refused by name") {
  CHECK_THROWS_WITH_AS((Sequential{Dense<2, 1>{.l1 = -1}, Hinge{}}),
                       "Dense::l1 = -1, must be at least 0", std::invalid_argument);
  CHECK_THROWS_WITH_AS((Sequential{Dense<2, 1>{.l2 = -1}, Hinge{}}),
                       "Dense::l2 = -1, must be at least 0", std::invalid_argument);
  CHECK_THROWS_WITH_AS((Sequential{Dense<2, 1>{}, Dropout{.rate = 1}, Hinge{}}),
                       "Dropout::rate = 1, must be in [0, 1)", std::invalid_argument);
}

TEST_CASE("check names the error of the events and its place") {
  const Sequential net{Dense<2, 3>{}, SoftmaxCrossEntropy{}};
  Events events{.features = Matrix<float>::Ones(2, 4), .labels = {0, 1, 2, 1}};
  CHECK(complaint(net, events) == "none");

  Events bad = events;
  bad.features = Matrix<float>::Ones(3, 4);
  CHECK(complaint(net, bad) ==
        "Sequential::check: number of features = 3, must be 2, the inputs of the first layer");

  bad = events;
  bad.features(1, 2) = std::numeric_limits<float>::quiet_NaN();
  bad.feature_names = {"pt", "mass"};
  CHECK(complaint(net, bad) ==
        "Sequential::check: feature 1 (mass) of event 2 is nan, must be finite: impute missing "
        "values, such as with Preprocessing, or drop the feature");

  bad = events;
  bad.labels.clear();
  CHECK(complaint(net, bad) ==
        "Sequential::check: the events have neither labels nor targets to learn from");
  bad.labels = {0, 1};
  CHECK(complaint(net, bad) == "Sequential::check: number of labels = 2, must be 4, one an event");
  bad.labels = {0, 1, 3, 1};
  CHECK(complaint(net, bad) ==
        "Sequential::check: label of event 2 is 3, must be in [0, 3): the net has 3 outputs");
  bad.labels = {0, 1, 1, -1};
  CHECK(complaint(net, bad).starts_with("Sequential::check: label of event 3 is -1"));

  bad = events;
  bad.weights = Vector<float>::Ones(3);
  CHECK(complaint(net, bad) == "Sequential::check: number of weights = 3, must be 4, one an event");
  bad.weights = Vector<float>::Ones(4);
  bad.weights[0] = std::numeric_limits<float>::infinity();
  CHECK(complaint(net, bad) == "Sequential::check: weight of event 0 is inf, must be finite");

  bad = events;
  bad.targets = Matrix<float>::Zero(2, 4);
  CHECK(complaint(net, bad) ==
        "Sequential::check: size of targets = 2 × 4, must be 3 × 4, outputs × events");
  bad.targets = Matrix<float>::Zero(3, 4);
  CHECK(complaint(net, bad) == "none");
  bad.targets(1, 3) = 2;
  bad.target_names = {"a", "b", "c"};
  CHECK(complaint(net, bad) ==
        "Sequential::check: target 1 (b) of event 3 is 2, must be in [0, 1]");
  bad.targets(1, 3) = std::numeric_limits<float>::quiet_NaN();
  CHECK(complaint(net, bad) == "Sequential::check: target 1 (b) of event 3 is nan, must be finite");

  bad = events;
  bad.classes = {"b", "s"};
  CHECK(complaint(net, bad) ==
        "Sequential::check: classes = b, s, must be 3, as many as the net's outputs tell apart");
  bad.labels = {0, 1, 0, 1};  // and if all labels fit
  CHECK(complaint(net, bad).starts_with("Sequential::check: classes = b, s, must be 3"));
  bad.classes = {"b", "s", "t"};
  CHECK(complaint(net, bad) == "none");
  // Targets in another order than the classes, and of the class that is not 1.
  bad.targets = Matrix<float>::Zero(3, 4);
  bad.target_names = {"b", "s", "t"};
  CHECK(complaint(net, bad) == "none");
  bad.target_names = {"s", "b", "t"};
  CHECK(
      complaint(net, bad) ==
      "Sequential::check: name of target 0 = s, must be that of class 0 or of none, as the scores "
      "are of these classes: b, s, t");
  bad.target_names = {"mass", "b", "pt"};
  CHECK(
      complaint(net, bad).starts_with("Sequential::check: name of target 1 = b, must be that of"));
  bad.target_names = {"mass", "pt", "eta"};
  CHECK(complaint(net, bad) == "none");

  const Sequential one{Dense<2, 1>{}, MeanSquaredError{}};
  bad.classes = {"b", "s"};
  bad.targets = Matrix<float>::Zero(1, 4);
  for (const auto& [name, is_right] : {std::pair{"s", true}, {"b", false}, {"mass", true}}) {
    bad.target_names = {name};
    CHECK((complaint(one, bad) == "none") == is_right);
  }
  bad.target_names.clear();
  bad.targets = {};
  CHECK(complaint(one, bad) == "none");
  bad.classes = {"s"};
  bad.labels = {0, 0, 0, 0};
  CHECK(complaint(one, bad) ==
        "Sequential::check: classes = s, must be 2, as many as the net's outputs tell apart");
  CHECK(complaint(one, events) ==
        "Sequential::check: label of event 2 is 2, must be in [0, 2): the net has 1 outputs");
}
