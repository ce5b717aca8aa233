#include <tributary/inference/predictor.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <tributary/data/imputer.hpp>
#include <tributary/data/min_max_scaler.hpp>
#include <tributary/data/standard_scaler.hpp>

#include "inference/reference.hpp"

using namespace tributary;

namespace {

const Sequential net{Dense<6, 40>{},   Relu{}, Dropout{.rate = 0.4}, Dense<40, 300>{},     Relu{},
                     Dense<300, 33>{}, Relu{}, Dense<33, 3>{},       SoftmaxCrossEntropy{}};
using Net = std::remove_const_t<decltype(net)>;
const auto trained = reference::drawn(net);

constexpr float none = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

template <class P>
std::vector<float> scores(const P& predictor, const std::vector<float>& features) {
  std::vector<float> result(3);
  predictor.predict(features, result);
  return result;
}
double difference(const std::vector<float>& a, const reference::Numbers& b) {
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    worst = std::max(worst, std::abs(static_cast<double>(a[i]) - b[i]));
  return worst;
}

/// The message of an exception of f.
template <class F>
std::string error_of(const F& f) {
  try {
    f();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "nothing";
}

}  // namespace

TEST_CASE("a predictor is made of a trained net and a scaler, or of a saved model") {
  StandardScaler scaler{
      {1, -2, 3, 0, 0.5, 2}, {2, 1, 3, 1, 0.5, 4}, {"a", "b", "c", "d", "e", "f"}};
  const Predictor predictor{trained, scaler};
  const Predictor<Net> same{trained, scaler};
  const Predictor from_file{
      SavedModel<Net>{net, trained.values, scaler, {"up", "down", "strange"}, {}}};
  CHECK(predictor.feature_names() == scaler.feature_names);
  CHECK(from_file.class_names().at(2) == "strange");

  const std::vector<float> x = reference::normals<float>(6, 3, 2);
  reference::Numbers scaled;
  for (std::size_t i = 0; i < 6; ++i)
    scaled.push_back((static_cast<double>(x[i]) - scaler.mean[i]) / scaler.scale[i]);
  CHECK(difference(scores(predictor, x), reference::scores(net, trained.values, scaled)) < 1e-6);
  CHECK(scores(same, x) == scores(predictor, x));
  CHECK(scores(from_file, x) == scores(predictor, x));
}

TEST_CASE("features far from 0 are scaled as exactly as those near it") {
  StandardScaler scaler{{}, {}, {}};
  std::vector<float> x;
  reference::Numbers scaled;
  for (std::size_t i = 0; i < 6; ++i) {
    scaler.mean.push_back(1.2345678901e5 * static_cast<double>(i));
    scaler.scale.push_back(0.5);
    x.push_back(static_cast<float>(scaler.mean[i] + 0.3));
    scaled.push_back((static_cast<double>(x[i]) - scaler.mean[i]) / scaler.scale[i]);
  }
  CHECK(difference(scores(Predictor{trained, scaler}, x),
                   reference::scores(net, trained.values, scaled)) < 1e-6);
}

TEST_CASE("a missing feature is its default, in its own units") {
  const MinMaxScaler scaler{{0, 0, 0, 0, 0, 0}, {10, 10, 10, 10, 10, 10}, {}};
  const Imputer imputer{{1, 2, 3, 4, 5, 6}, {}};
  for (const double far : {0.0, 1e6}) {  // with the scaling in the first layer, and before it
    MinMaxScaler moved = scaler;
    moved.minimum[0] = far;
    const Predictor predictor{trained, Preprocessing{imputer, moved, -999}};
    CHECK(scores(predictor, {9, -999, 8, none, 7, 6}) == scores(predictor, {9, 2, 8, 4, 7, 6}));
  }
  // and without a scaler
  Preprocessing only;
  only.defaults = imputer.values;
  const Predictor predictor{trained, only};
  CHECK(scores(predictor, {none, 1, 1, 1, 1, none}) ==
        scores(Predictor{trained}, {1, 1, 1, 1, 1, 6}));
}

TEST_CASE("the checked prediction names the error, and leaves the scores unchanged") {
  Preprocessing preprocessing;
  preprocessing.missing = -999;
  const Predictor strict{trained, preprocessing};
  preprocessing.defaults = {0, 0, 0, 0, 0, 0};
  const Predictor lenient{trained, preprocessing};
  const auto error = [](const auto& predictor, std::vector<float> x, std::size_t outputs) {
    std::vector<float> y(outputs, 7);
    const Status status = predictor.checked_predict(x, y);
    CHECK(std::count(y.begin(), y.end(), 7.f) == (status ? 0 : static_cast<int>(outputs)));
    return status ? Errc{} : status.error();
  };
  CHECK(error(strict, {1, 2, 3, 4, 5}, 3) == Errc::size_mismatch);
  CHECK(error(strict, {1, 2, 3, 4, 5, 6}, 2) == Errc::size_mismatch);
  CHECK(error(strict, {1, 2, 3, none, 5, 6}, 3) == Errc::not_finite);
  CHECK(error(strict, {1, 2, 3, -999, 5, 6}, 3) == Errc::not_finite);
  CHECK(error(strict, {1, 2, 3, infinity, 5, 6}, 3) == Errc::not_finite);
  CHECK(error(strict, {1, 2, 3, 4, 5, 6}, 3) == Errc{});
  CHECK(error(lenient, {1, none, 3, -999, 5, 6}, 3) == Errc{});
  CHECK(error(lenient, {1, 2, 3, -infinity, 5, 6}, 3) == Errc::not_finite);
}

TEST_CASE("a batch may have no event, or more than are computed at once") {
  const Predictor predictor{trained};
  predictor.predict_batch({}, {});

  constexpr Index events = 151;
  const std::vector<float> x = reference::normals<float>(6 * events, 5);
  std::vector<float> y(3 * events);
  predictor.predict_batch(x, y);
  for (const Index event : {Index{0}, Index{63}, Index{64}, events - 1}) {
    const reference::Numbers features(x.begin() + 6 * event, x.begin() + 6 * event + 6);
    CHECK(difference({y.begin() + 3 * event, y.begin() + 3 * event + 3},
                     reference::scores(net, trained.values, features)) < 1e-6);
  }
}

TEST_CASE("a net without a possible predictor is an error with a reason") {
  auto wrong = trained;
  wrong.values[17] = none;
  CHECK(error_of([&] { Predictor{wrong}; }) == "Predictor: parameter 17 = nan, must be finite");
  wrong.values = Vector<float>::Zero(3);
  CHECK(error_of([&] { Predictor{wrong}; }) ==
        "Predictor: number of parameters = 3, must be " + std::to_string(Net::parameter_count()));
  const StandardScaler of_others{{1, 2}, {1, 1}, {}};
  CHECK(error_of([&] {
          Predictor{trained, of_others};
        }) == "Preprocessing::offset.size() = 2, must be 6");
  StandardScaler huge{{0, 0, 0, 0, 0, 1e300}, {1, 1, 1, 1, 1, 1}, {}};
  CHECK(error_of([&] {
          Predictor{trained, huge};
        }) == "Preprocessing::offset = -1e+300, must be finite in the net's scalar");
  CHECK(error_of([&] {
          Predictor{SavedModel<Net>{net, trained.values, {}, {"one"}, {}}};
        }) == "Predictor: number of class names = 1, must be 0 or 3, one an output");
  const struct {
    Net model = net;
    std::vector<Vector<float>> members{trained.values, trained.values};
    const Vector<float>& parameters() const { return members.front(); }
  } ensemble;
  CHECK(error_of([&] { Predictor{ensemble}; }) ==
        "Predictor: members = 2, must be 1: make a Predictor for each member of the ensemble");
  auto never_calibrated = reference::drawn(Sequential{Dense<2, 2>{}, BatchNorm{}, Hinge{}});
  never_calibrated.values.tail(2).setConstant(-1);
  CHECK(error_of([&] { Predictor{never_calibrated}; }) ==
        "Predictor: variance in BatchNorm = -1, must be at least 0: Trainer::train or calibrated() "
        "set it");
}

TEST_CASE("threads share a predictor") {
  const Predictor predictor{trained};
  const std::vector<float> x = reference::normals<float>(6 * 50, 11);
  const auto all = [&] {
    std::vector<float> y(3 * 50);
    Predictor<Net>::Scratch scratch;
    for (std::size_t i = 0; i < 50; ++i)
      predictor.predict(std::span{x}.subspan(6 * i, 6), std::span{y}.subspan(3 * i, 3), scratch);
    return y;
  };
  const std::vector<float> expected = all();
  std::vector<std::vector<float>> results(4);
  {
    std::vector<std::jthread> threads;
    for (auto& result : results) threads.emplace_back([&] { result = all(); });
  }
  for (const auto& result : results) CHECK(result == expected);
}
