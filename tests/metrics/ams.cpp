#include <tributary/metrics/ams.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <metrics/samples.hpp>
#include <tributary/core/random.hpp>

using namespace tributary;
using doctest::Approx;

TEST_CASE("the significance of the Higgs challenge's reference points") {
  CHECK(ams(212.848603705, 4345.089289) == Approx(3.19956489456).epsilon(1e-11));
  CHECK(ams(457.142474838, 88508.8010881) == Approx(1.53518474743).epsilon(1e-11));
  CHECK(ams(0, 100) == 0);
  CHECK(ams(0, 0) == 0);
  // Much background: s / √b.
  CHECK(ams(100, 1e10) == Approx(1e-3).epsilon(1e-6));
  CHECK(std::isnan(ams(-20, 5)));
  CHECK(ams(3, 5, 0) == Approx(std::sqrt(2 * (8 * std::log(1.6) - 3))));
}

TEST_CASE_TEMPLATE("what is above the threshold is selected", S, float, double) {
  const auto sample = two_classes<S>();
  const auto at = [&](double threshold) { return ams(sample.scores, sample.truth, threshold); };
  CHECK(at(0.55) == Approx(ams(3, 1)));    // 0.8, 0.6, 0.9; 0.7
  CHECK(at(0.5) == at(0.55));              // not what is at it
  CHECK(at(0.45) == Approx(ams(4, 1.5)));  // and both at 0.5
  CHECK(at(0) == Approx(ams(4.5, 7)));
  CHECK(at(1) == 0);
}

TEST_CASE("the best threshold is the best of all") {
  Rng rng = Seed{5}.rng();
  const Index size = 200;
  Matrix<double> scores(1, size);
  BasicEvents<double> truth;
  truth.weights.resize(size);
  for (Index i = 0; i < size; ++i) {
    truth.labels.push_back(uniform(rng) < 0.4 ? 1 : 0);
    scores(0, i) = std::floor(50 * (uniform(rng) + 0.5 * truth.labels.back()));
    truth.weights[i] = truth.labels.back() == 1 ? 0.5 : 4 * uniform(rng) - 0.5;
  }
  const AmsCut best = best_ams(scores, truth);
  double largest = 0;
  for (double threshold = -1; threshold < 100; ++threshold) {
    const double here = ams(scores, truth, threshold);
    if (here > largest) largest = here;
  }
  CHECK(best.ams == Approx(largest).epsilon(1e-10));
  CHECK(best.ams == Approx(ams(scores, truth, best.threshold)).epsilon(1e-10));
  CHECK(best.threshold > 0);
}

TEST_CASE("the best threshold may select all or nothing, and NaN scores have none") {
  const Matrix<double> scores = (Matrix<double>(1, 3) << 0.1, 0.2, 0.3).finished();
  const double infinity = std::numeric_limits<double>::infinity();
  const AmsCut all = best_ams(scores, {.labels = {1, 1, 1}});
  CHECK(all.threshold == -infinity);
  CHECK(all.ams == Approx(ams(3, 0)));
  const AmsCut nothing = best_ams(scores, {.labels = {0, 0, 0}});
  CHECK(nothing.threshold == infinity);
  CHECK(nothing.ams == 0);
  auto sample = two_classes<double>();
  sample.scores(0, 0) = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(best_ams(sample.scores, sample.truth).ams));
  CHECK(std::isnan(ams(sample.scores, sample.truth, 0.5)));
}

TEST_CASE("a threshold does not separate events of the same score") {
  for (const int first : {0, 1}) {
    const BasicEvents<double> truth{.labels = {first, 1 - first}};
    const AmsCut cut = best_ams<double>(Matrix<double>::Constant(1, 2, 0.5), truth);
    CHECK(cut.ams == Approx(ams(1, 1)));
    CHECK(cut.threshold == -std::numeric_limits<double>::infinity());
  }
}
