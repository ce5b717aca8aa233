#include <tributary/model/calibrated.hpp>

#include <doctest/doctest.h>

#include <tributary/model/sequential.hpp>
#include <tributary/optimizer/momentum.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/rule/independent.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/in_process.hpp>

#include "model/helpers.hpp"

using namespace tributary;

namespace {
/// Two clouds around 10 and 12 in each of three features, sorted by class.
BasicEvents<double> clouds(Index events) {
  BasicEvents<double> data{.features = Matrix<double>(3, events)};
  Rng rng = Seed{3}.rng();
  for (Index i = 0; i < events; ++i) {
    const int label = 2 * i >= events;
    for (double& feature : data.features.col(i)) feature = 10 + 2 * label + normal(rng);
    data.labels.push_back(label);
  }
  return data;
}

struct Last {
  Vector<double> parameters;
  void on(const Finished<double>& run) { parameters = run.center; }
};
}  // namespace

TEST_CASE("calibration sets the mean and variance of all data, and nothing else") {
  const auto data = clouds(1001);
  const auto net = sequential<double>(Image<1, 1, 3>{}, Dropout{}, BatchNorm{}, Dense<3, 2>{},
                                      SoftmaxCrossEntropy{});
  const Vector<double> before = initial(net);
  const Vector<double> after = calibrated(net, before, data, 32);
  const Vector<double> mean = data.features.rowwise().mean();
  const Vector<double> variance =
      (data.features.colwise() - mean).array().square().rowwise().mean();
  CHECK(after.segment(6, 3).isApprox(mean, 1e-12));
  CHECK(after.segment(9, 3).isApprox(variance, 1e-10));
  CHECK(after.head(6) == before.head(6));
  CHECK(after.tail(8) == before.tail(8));
  CHECK(calibrated(net, after, data, 32) == after);  // nothing of before is left
  CHECK_THROWS_WITH_AS(calibrated(net, before, data, 0),
                       "calibrated: batch_size = 0, must be at least 1", std::invalid_argument);
}

TEST_CASE("the parameters of a net without statistics are calibrated already") {
  const auto net = sequential<double>(Dense<3, 2>{}, SoftmaxCrossEntropy{});
  CHECK(calibrated(net, initial(net), clouds(10), 32) == initial(net));
}

TEST_CASE("training ends with the statistics of the final parameters, for each of its models") {
  const auto data = clouds(400);
  const auto net =
      sequential<double>(Dense<3, 4>{}, BatchNorm{}, Tanh{}, Dense<4, 2>{}, SoftmaxCrossEntropy{});
  const auto check = [&](const auto& rule, std::size_t members) {
    Last last;
    const auto trained =
        Trainer{net, InProcess{.workers = 2}, rule, Momentum{.learning_rate = 0.1}}.train(
            data, {.epochs = 5, .batch_size = 16}, last);
    REQUIRE(trained.members.size() == members);
    CHECK(calibrated(net, last.parameters, data, 16) == last.parameters);
    for (const Vector<double>& member : trained.members) {
      CHECK(calibrated(net, member, data, 16) == member);
      const Matrix<double> scores = net.predict(member, data.features);
      Index right = 0;
      for (Index i = 0; i < scores.cols(); ++i)
        right += (scores(1, i) > scores(0, i)) == (2 * i >= scores.cols());
      CHECK(right > 360);
    }
  };
  check(Averaging{.period = 4}, 1);
  check(Independent{.period = 4}, 2);
}

TEST_CASE("settings with a batch of one event are refused with BatchNorm") {
  const auto train = [](const auto& net, Index events, int batch_size, int workers) {
    Trainer{net, InProcess{.workers = workers}, Averaging{.period = 4}, Momentum{}}.train(
        clouds(events), {.batch_size = batch_size});
  };
  const auto net =
      sequential<double>(Dense<3, 4>{}, BatchNorm{}, Dense<4, 2>{}, SoftmaxCrossEntropy{});
  const char* const one = ", must be larger: a batch would have 1 event, too few for BatchNorm";
  CHECK_THROWS_WITH_AS(train(net, 100, 1, 1),
                       (std::string{"TrainOptions::batch_size = 1"} + one).c_str(),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(train(net, 101, 2, 1),
                       (std::string{"TrainOptions::batch_size = 2"} + one).c_str(),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(calibrated(net, initial(net), clouds(7), 2),
                       doctest::Contains("calibrated: batch_size = 2, must be larger"),
                       std::invalid_argument);
  for (const Index events : {12, 13, 14, 100, 101})
    for (const int workers : {1, 2, 3}) CHECK_NOTHROW(train(net, events, 3, workers));
  CHECK_NOTHROW(train(net, 100, 2, 2));

  // An image has statistics of its own, and a net without BatchNorm needs none.
  const auto image = sequential<double>(Image<1, 3, 1>{}, BatchNorm{}, Flatten{}, Dense<3, 2>{},
                                        SoftmaxCrossEntropy{});
  CHECK_NOTHROW(train(image, 20, 1, 1));
  CHECK_NOTHROW(train(sequential<double>(Dense<3, 2>{}, SoftmaxCrossEntropy{}), 20, 1, 1));
}
