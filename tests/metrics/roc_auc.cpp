#include <tributary/metrics/roc_auc.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <metrics/samples.hpp>
#include <stdexcept>
#include <tributary/core/random.hpp>
#include <tributary/metrics/accuracy.hpp>
#include <tributary/metrics/ams.hpp>
#include <tributary/metrics/f1.hpp>
#include <tributary/metrics/log_loss.hpp>

using namespace tributary;
using doctest::Approx;

TEST_CASE_TEMPLATE("the area is that of scikit-learn, from one row of scores or two", S, float,
                   double) {
  const auto sample = two_classes<S>();
  CHECK(roc_auc(sample.scores, sample.unweighted().truth) == Approx(0.8));
  CHECK(roc_auc(sample.scores, sample.truth) == Approx(0.9166666666666666));
  Matrix<S> both(2, 10);
  both << Matrix<S>::Constant(1, 10, S(0.3)), sample.scores;  // only that of class 1 counts
  CHECK(roc_auc(both, sample.truth) == Approx(0.9166666666666666));
}

TEST_CASE("the area counts pairs, with ties and negative weights") {
  Rng rng = Seed{11}.rng();
  for (const int values : {3, 20, 1'000'000}) {  // of the score: many ties to none
    const Index size = 300;
    Matrix<double> scores(1, size);
    BasicEvents<double> truth;
    truth.weights.resize(size);
    for (Index i = 0; i < size; ++i) {
      truth.labels.push_back(uniform(rng) < 0.4 ? 1 : 0);
      scores(0, i) = std::floor(values * (uniform(rng) + 0.3 * truth.labels.back()));
      truth.weights[i] = 2 * uniform(rng) - 0.3;
    }
    double above = 0, all = 0;
    for (Index i = 0; i < size; ++i) {
      for (Index j = 0; j < size; ++j) {
        if (truth.labels[static_cast<std::size_t>(i)] != 1) continue;
        if (truth.labels[static_cast<std::size_t>(j)] != 0) continue;
        const double weight = truth.weights[i] * truth.weights[j];
        all += weight;
        if (scores(0, i) > scores(0, j)) above += weight;
        if (scores(0, i) == scores(0, j)) above += weight / 2;
      }
    }
    CHECK(roc_auc(scores, truth) == Approx(above / all).epsilon(1e-10));
  }
}

TEST_CASE("scores that order all pairs, none, or are equal have area 1, 0 and one half") {
  const Matrix<double> scores = (Matrix<double>(1, 4) << 0.1, 0.2, 0.3, 0.4).finished();
  CHECK(roc_auc(scores, {.labels = {0, 0, 1, 1}}) == 1);
  CHECK(roc_auc(scores, {.labels = {1, 1, 0, 0}}) == 0);
  CHECK(roc_auc<double>(Matrix<double>::Zero(1, 4), {.labels = {0, 1, 0, 1}}) == 0.5);
}

TEST_CASE("an undefined area is NaN, and for three classes there is none") {
  auto sample = two_classes<double>();
  sample.scores(0, 3) = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(roc_auc(sample.scores, sample.truth)));
  CHECK(std::isnan(roc_auc<double>(Matrix<double>::Zero(1, 2), {.labels = {1, 1}})));
  const auto three = three_classes<double>();
  CHECK_THROWS_WITH_AS(roc_auc(three.scores, three.truth),
                       "scores.rows() = 3, must be 1 or 2, as this metric is for two classes",
                       std::invalid_argument);
}

TEST_CASE("weights that cancel up to rounding count as none, for any metric") {
  BasicEvents<double> events;
  events.labels = {1, 1, 1, 0, 0, 0};
  const Matrix<double> scores{{0.9, 0.8, 0.7, 0.1, 0.2, 0.75}};
  const auto weigh = [&](double a, double b, double c, double d, double e, double f) {
    events.weights = Vector<double>{{a, b, c, d, e, f}};
  };
  weigh(0.1, 0.2, -0.3, 1, 2, 3);  // 0.1 + 0.2 − 0.3 is 5.6e-17
  CHECK(std::isnan(roc_auc(scores, events)));
  weigh(1, 2, 3, -0.1, -0.2, 0.3);  // −5.6e-17 background
  CHECK(std::isnan(roc_auc(scores, events)));
  CHECK(ams(scores, events, -1) == doctest::Approx(ams(6, 0)));
  CHECK(best_ams(scores, events).ams == doctest::Approx(ams(6, 0)));
  weigh(0.1, 0.2, -0.3, -0.1, -0.2, 0.3);
  CHECK(std::isnan(accuracy(scores, events)));
  CHECK(std::isnan(log_loss(scores, events)));
  CHECK(confusion_matrix(scores, events)(1, 1) == 0);
  CHECK(recall(scores, events) == 0);  // 0 / 0
  CHECK(std::isnan(f1(scores, events, Average::weighted)));
}
