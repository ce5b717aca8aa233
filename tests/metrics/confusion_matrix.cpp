#include <tributary/metrics/confusion_matrix.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <metrics/samples.hpp>
#include <stdexcept>
#include <tributary/metrics/accuracy.hpp>

using namespace tributary;
using doctest::Approx;

TEST_CASE_TEMPLATE("rows of the confusion matrix are the true classes, columns the predicted ones",
                   S, float, double) {
  const auto weighted = three_classes<S>(), plain = weighted.unweighted();
  CHECK((confusion_matrix(plain.scores, plain.truth) ==
         (Matrix<double>(3, 3) << 3, 0, 1, 0, 3, 1, 2, 0, 2).finished()));
  CHECK((confusion_matrix(weighted.scores, weighted.truth) ==
         (Matrix<double>(3, 3) << 1.5, 0, 3, 0, 2.5, 2, 2.5, 0, 1.75).finished()));
}

TEST_CASE_TEMPLATE("one row of scores means class 1 above the threshold", S, float, double) {
  const auto weighted = two_classes<S>(), plain = weighted.unweighted();
  CHECK((confusion_matrix(plain.scores, plain.truth) ==
         (Matrix<double>(2, 2) << 4, 1, 2, 3).finished()));
  CHECK((confusion_matrix(weighted.scores, weighted.truth) ==
         (Matrix<double>(2, 2) << 6, 1, 1.5, 3).finished()));
  CHECK((confusion_matrix(plain.scores, plain.truth, 0.45) ==
         (Matrix<double>(2, 2) << 3, 2, 1, 4).finished()));
  Matrix<S> both(2, 10);
  both << (1 - plain.scores.array()).matrix(), plain.scores;
  CHECK((confusion_matrix(both, plain.truth) == confusion_matrix(plain.scores, plain.truth)));
  for (const double threshold : {0.15, 0.45, 0.75})
    CHECK((confusion_matrix(both, plain.truth, threshold) ==
           confusion_matrix(plain.scores, plain.truth, threshold)));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(accuracy(confusion_matrix(both, plain.truth, nan))));
}

TEST_CASE("scores without a known threshold are not judged by one") {
  const auto three = three_classes<float>();
  CHECK_THROWS_WITH_AS(confusion_matrix(three.scores, three.truth, 0.3),
                       "confusion_matrix: threshold = 0.3, must be left out, as there are scores "
                       "of 3 classes instead of 2",
                       std::invalid_argument);
  const Matrix<float> margins = (Matrix<float>(1, 3) << 0.25f, 2, -1).finished();  // of Hinge
  const Events truth{.labels = {1, 1, 0}};
  CHECK_THROWS_WITH_AS(accuracy(margins, truth),
                       "scores(0, 1) = 2, must be in [0, 1]: other scores need a threshold, see "
                       "confusion_matrix; it is 0 for those of Hinge",
                       std::invalid_argument);
  CHECK(accuracy(confusion_matrix(margins, truth, 0)) == 1);
}

TEST_CASE("events with other classes than the scores are refused") {
  // A file of class "s" alone, read without the classes of the training: "s" became 0.
  const Matrix<float> scores = (Matrix<float>(2, 2) << 0.1f, 0.2f, 0.9f, 0.8f).finished();
  const Events alone{.labels = {0, 0}, .classes = {"s"}};
  CHECK_THROWS_WITH_AS(accuracy(scores, alone),
                       "BasicEvents::classes = s, must be the 2 classes of the scores: read these "
                       "events with the classes of the training, see "
                       "AssembleOptions::classes and read_idx",
                       std::invalid_argument);
  CHECK_THROWS_AS(accuracy<float>(scores.bottomRows(1), alone), std::invalid_argument);
  CHECK_THROWS_AS(accuracy(scores, Events{.labels = {0, 1}, .classes = {"a", "b", "c"}}),
                  std::invalid_argument);
  CHECK(accuracy(scores, Events{.labels = {1, 1}, .classes = {"b", "s"}}) == 1);
}

TEST_CASE("weights that sum to zero make the accuracy NaN, and weights that are NaN are refused") {
  const Matrix<float> scores = (Matrix<float>(1, 2) << 0.9f, 0.8f).finished();
  Events truth{.labels = {1, 0}, .weights = (Vector<float>(2) << -1, 1).finished()};
  CHECK(std::isnan(accuracy(scores, truth)));
  truth.weights.setZero();
  CHECK(std::isnan(accuracy(scores, truth)));
  CHECK_THROWS_WITH_AS(accuracy(Matrix<double>{2, 3}),
                       "confusion.cols() = 3, must be 2, as many as rows", std::invalid_argument);
  truth.weights[1] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH_AS(accuracy(scores, truth), "BasicEvents::weights[1] = nan, must be finite",
                       std::invalid_argument);
}

TEST_CASE_TEMPLATE("accuracy is the fraction of the weight that is classified correctly", S, float,
                   double) {
  const auto three = three_classes<S>(), two = two_classes<S>();
  CHECK(accuracy(three.scores, three.unweighted().truth) == Approx(0.6666666666666666));
  CHECK(accuracy(three.scores, three.truth) == Approx(0.4339622641509434));
  CHECK(accuracy(two.scores, two.unweighted().truth) == Approx(0.7));
  CHECK(accuracy(two.scores, two.truth) == Approx(0.782608695652174));
  CHECK(accuracy(confusion_matrix(two.scores, two.truth, 0.75)) == Approx(9.75 / 11.5));
}

TEST_CASE("float weights are summed in double") {
  // In float, 1 more than 2^24 is 2^24.
  const Matrix<float> scores = Matrix<float>::Ones(1, 4);
  const Events truth{.labels = {1, 1, 1, 1},
                     .weights = (Vector<float>(4) << 0x1p24f, 1, 1, 1).finished()};
  CHECK(confusion_matrix(scores, truth)(1, 1) == 0x1p24 + 3);
}

TEST_CASE("a NaN score makes the result NaN instead of a class") {
  auto sample = three_classes<float>();
  sample.scores(1, 4) = std::numeric_limits<float>::quiet_NaN();
  CHECK(confusion_matrix(sample.scores, sample.truth).array().isNaN().all());
  CHECK(std::isnan(accuracy(sample.scores, sample.truth)));
}

TEST_CASE("sizes and labels that do not fit are refused with the reason") {
  const auto good = three_classes<double>();
  auto bad = good;
  bad.truth.labels.clear();
  CHECK_THROWS_WITH_AS(accuracy(bad.scores, bad.truth),
                       "BasicEvents::labels.size() = 0, must be at least 1: scores need a truth",
                       std::invalid_argument);
  bad = good;
  bad.scores = good.scores.leftCols(11);
  CHECK_THROWS_WITH_AS(accuracy(bad.scores, bad.truth),
                       "scores.cols() = 11, must be 12, one for each label", std::invalid_argument);
  bad = good;
  bad.scores.resize(0, 12);
  CHECK_THROWS_WITH_AS(accuracy(bad.scores, bad.truth), "scores.rows() = 0, must be at least 1",
                       std::invalid_argument);
  bad = good;
  bad.truth.weights.resize(3);
  CHECK_THROWS_WITH_AS(accuracy(bad.scores, bad.truth),
                       "BasicEvents::weights.size() = 3, must be 0 or 12, one for each label",
                       std::invalid_argument);
  bad = good;
  bad.truth.labels[7] = 3;
  CHECK_THROWS_WITH_AS(accuracy(bad.scores, bad.truth),
                       "BasicEvents::labels[7] = 3, must be in [0, 3), a class of the scores",
                       std::invalid_argument);
  bad.truth.labels[7] = -1;
  CHECK_THROWS_AS(accuracy(bad.scores, bad.truth), std::invalid_argument);
  bad = two_classes<double>();
  bad.truth.labels[0] = 2;
  CHECK_THROWS_WITH_AS(accuracy(bad.scores, bad.truth),
                       "BasicEvents::labels[0] = 2, must be in [0, 2), a class of the scores",
                       std::invalid_argument);
}
