#include <tributary/metrics/f1.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <metrics/samples.hpp>
#include <stdexcept>

using namespace tributary;
using doctest::Approx;

TEST_CASE_TEMPLATE("precision, recall and F1 of three classes are those of scikit-learn", S, float,
                   double) {
  const auto sample = three_classes<S>();
  const auto& scores = sample.scores;
  const auto plain = sample.unweighted().truth;
  // precision_score, recall_score and f1_score with average="macro" and "weighted".
  CHECK(precision(scores, plain, Average::macro) == Approx(0.7000000000000001));
  CHECK(recall(scores, plain, Average::macro) == Approx(0.6666666666666666));
  CHECK(f1(scores, plain, Average::macro) == Approx(0.6746031746031745));
  CHECK(precision(scores, sample.truth, Average::macro) == Approx(0.5447530864197531));
  CHECK(recall(scores, sample.truth, Average::macro) == Approx(0.43355119825708055));
  CHECK(f1(scores, sample.truth, Average::macro) == Approx(0.46180290297937354));
  CHECK(precision(scores, sample.truth, Average::weighted) == Approx(0.5501397624039134));
  CHECK(recall(scores, sample.truth, Average::weighted) == Approx(0.4339622641509434));
  CHECK(f1(scores, sample.truth, Average::weighted) == Approx(0.46451273476800675));
}

TEST_CASE_TEMPLATE("precision, recall and F1 of two classes are those of scikit-learn", S, float,
                   double) {
  const auto sample = two_classes<S>();
  const auto& scores = sample.scores;
  const auto plain = sample.unweighted().truth;
  CHECK(precision(scores, plain, Average::binary) == Approx(0.75));
  CHECK(recall(scores, plain, Average::binary) == Approx(0.6));
  CHECK(f1(scores, plain, Average::binary) == Approx(0.6666666666666665));
  CHECK(recall(scores, sample.truth, Average::binary) == Approx(0.6666666666666666));
  CHECK(f1(scores, sample.truth, Average::binary) == Approx(0.7058823529411765));
  CHECK(f1(scores, sample.truth, Average::macro) == Approx(0.7667342799188641));
  CHECK(f1(scores, sample.truth, Average::weighted) == Approx(0.7799629596966224));
  CHECK(f1(confusion_matrix(scores, plain, 0.4001)) == Approx(0.7272727272727272));
}

TEST_CASE("two classes are averaged as binary, more as macro, unless another average is given") {
  const auto two = two_classes<float>();
  CHECK(f1(two.scores, two.truth) == f1(two.scores, two.truth, Average::binary));
  CHECK(f1(two.scores, two.truth) != f1(two.scores, two.truth, Average::macro));
  const auto three = three_classes<float>();
  CHECK(f1(three.scores, three.truth) == f1(three.scores, three.truth, Average::macro));
  CHECK_THROWS_WITH_AS(f1(three.scores, three.truth, Average::binary),
                       "confusion.rows() = 3, must be 2 for Average::binary",
                       std::invalid_argument);
}

TEST_CASE("a class without events and predictions does not count, and 0 / 0 is 0") {
  // y = 0, 1, 1, 0, 3; predicted = 0, 1, 0, 0, 1; with zero_division=0.
  Matrix<double> confusion = Matrix<double>::Zero(4, 4);
  confusion(0, 0) = 2;
  confusion(1, 0) = confusion(1, 1) = confusion(3, 1) = 1;
  CHECK(f1(confusion) == Approx(0.43333333333333335));
  CHECK(precision(confusion) == Approx(0.38888888888888884));
  CHECK(recall(confusion) == Approx(0.5));
  CHECK(f1(Matrix<double>::Zero(2, 2)) == 0);
  CHECK(f1(Matrix<double>::Zero(3, 3)) == 0);
}

TEST_CASE("a figure of a class whose weights sum to zero is NaN, not 0") {
  // Said to be of class 1: +1 rightly, -1 wrongly.
  const Matrix<double> confusion = (Matrix<double>(2, 2) << 2, -1, 0, 1).finished();
  CHECK(std::isnan(precision(confusion)));
  CHECK(recall(confusion) == 1);
  CHECK(std::isnan(precision(confusion, Average::macro)));
  const Matrix<double> none = (Matrix<double>(2, 2) << 1, 0, 0, -1).finished();
  CHECK(std::isnan(recall(none, Average::weighted)));
}
