// Against scikit-learn, see golden/make.py.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <tributary/metrics/accuracy.hpp>
#include <tributary/metrics/f1.hpp>
#include <tributary/metrics/log_loss.hpp>
#include <tributary/metrics/roc_auc.hpp>

#include "golden/numbers.hpp"

using namespace tributary;
using doctest::Approx;
using golden::wave;

namespace {

template <class F>
BasicEvents<double> events(const F& label) {
  BasicEvents<double> truth;
  truth.weights.resize(40);
  for (int k = 0; k < 40; ++k) {
    truth.labels.push_back(label(k));
    truth.weights[k] = 1.1 + wave(k, 3);
  }
  return truth;
}

}  // namespace

TEST_CASE("metrics of two classes are scikit-learn's") {
  const auto truth = events([](int k) { return wave(k, 1) > 0.1 ? 1 : 0; });
  Matrix<double> scores(1, 40);
  for (int k = 0; k < 40; ++k)
    scores(0, k) = std::round(10 * (0.5 + 0.3 * wave(k, 1) + 0.2 * wave(k, 2))) / 10;
  const auto& expected = golden::binary;
  CHECK(accuracy(scores, truth) == Approx(expected[0]).epsilon(1e-12));
  CHECK(precision(scores, truth) == Approx(expected[1]).epsilon(1e-12));
  CHECK(recall(scores, truth) == Approx(expected[2]).epsilon(1e-12));
  CHECK(f1(scores, truth) == Approx(expected[3]).epsilon(1e-12));
  CHECK(f1(scores, truth, Average::macro) == Approx(expected[4]).epsilon(1e-12));
  CHECK(f1(scores, truth, Average::weighted) == Approx(expected[5]).epsilon(1e-12));
  CHECK(roc_auc(scores, truth) == Approx(expected[6]).epsilon(1e-12));
  scores = scores.cwiseMax(1e-3).cwiseMin(1 - 1e-3);
  CHECK(log_loss(scores, truth) == Approx(expected[7]).epsilon(1e-12));
}

TEST_CASE("metrics of three classes are scikit-learn's") {
  const auto truth = events([](int k) { return k * k % 7 % 3; });
  Matrix<double> scores(3, 40);
  for (int i = 0; i < 40; ++i)
    for (int k = 0; k < 3; ++k) scores(k, i) = std::exp(wave(3 * i + k, 1));
  for (int i = 0; i < 40; ++i) scores.col(i) /= scores.col(i).sum();
  const auto& expected = golden::of_three;
  CHECK(accuracy(scores, truth) == Approx(expected[0]).epsilon(1e-12));
  CHECK(precision(scores, truth) == Approx(expected[1]).epsilon(1e-12));
  CHECK(recall(scores, truth, Average::weighted) == Approx(expected[2]).epsilon(1e-12));
  CHECK(f1(scores, truth) == Approx(expected[3]).epsilon(1e-12));
  CHECK(log_loss(scores, truth) == Approx(expected[4]).epsilon(1e-12));
}
