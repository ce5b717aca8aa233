#include <tributary/metrics/log_loss.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <metrics/samples.hpp>
#include <stdexcept>

using namespace tributary;
using doctest::Approx;

TEST_CASE_TEMPLATE("the log loss is that of scikit-learn", S, float, double) {
  const auto close = [](double value) { return Approx(value).epsilon(1e-6); };
  const auto three = three_classes<S>(), two = two_classes<S>();
  CHECK(log_loss(three.scores, three.unweighted().truth) == close(0.7942396891082533));
  CHECK(log_loss(three.scores, three.truth) == close(0.9211781830520808));
  CHECK(log_loss(two.scores, two.unweighted().truth) == close(0.5185217278796035));
  CHECK(log_loss(two.scores, two.truth) == close(0.42572890797092694));
}

TEST_CASE("a certain wrong score costs as much as the scalar's smallest doubt") {
  // log_loss([1, 0], [[1, 0], [1, 0]]) of float64 and of float32 probabilities.
  CHECK(log_loss<double>((Matrix<double>(2, 2) << 1, 1, 0, 0).finished(), {.labels = {1, 0}}) ==
        Approx(18.021826694558577));
  CHECK(log_loss<float>((Matrix<float>(2, 2) << 1, 1, 0, 0).finished(), {.labels = {1, 0}}) ==
        Approx(7.9711926));
}

TEST_CASE("a NaN score, or weights that sum to zero, give NaN") {
  auto sample = two_classes<double>();
  sample.scores(0, 3) = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(log_loss(sample.scores, sample.truth)));
  const Matrix<double> half = Matrix<double>::Constant(1, 2, 0.5);
  CHECK(std::isnan(log_loss(half, {.labels = {0, 1}, .weights = Vector<double>::Zero(2)})));
  const Matrix<double> scores = (Matrix<double>(1, 2) << 0.25, 0.5).finished();
  CHECK(std::isnan(
      log_loss(scores, {.labels = {0, 1}, .weights = (Vector<double>(2) << 1, -1).finished()})));
  // The NaN is in the score of the class that the event is not of.
  Matrix<double> two = Matrix<double>::Constant(2, 1, 0.5);
  two(1, 0) = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(log_loss(two, {.labels = {0}})));
}

TEST_CASE("scores that are not probabilities have no log loss") {
  const Matrix<double> scores = (Matrix<double>(2, 1) << 3.5, -2).finished();
  CHECK_THROWS_WITH_AS(log_loss(scores, {.labels = {0}}),
                       "scores(0, 0) = 3.5, must be in [0, 1]: a log loss needs probabilities",
                       std::invalid_argument);
}
