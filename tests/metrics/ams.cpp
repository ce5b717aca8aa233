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

TEST_CASE("all digits of the significance are right, from the smallest signal to the largest") {
  const double cases[][4] = {// s, b, b_reg, and the formula in 400 digits by mpmath
                             {1e-08, 1e8, 10, 9.99999950000003754e-13},
                             {1e-300, 1, 10, 3.0151134457776363e-301},
                             {1, 1e16, 10, 9.99999999999999483e-9},
                             {2.9, 20, 0, 0.633665822720537806},
                             {3.1, 20, 0, 0.676340070961027047},
                             {5, 10, 10, 1.07572188120837618},
                             {4, 30, 10, 0.622330959201442656},
                             {1e10, 0, 1, 663714.5611231238},
                             {1e100, 1, 10, 2.13007330402785059e+51},
                             {0.25, 1, 0, 0.240538725126588275},
                             {0.24999, 1, 0, 0.240529448289597825},
                             {1, 1e-300, 0, 37.1423081646311719},
                             {-1e-12, 5, 10, -2.58198889747163989e-13},
                             {-3, 20, 10, -0.557254120197760165},
                             {-0.24999, 1, 0, -0.26166990238507047},
                             {-0.9999, 1, 0, -1.41349139789586444},
                             {1e300, 1e-300, 0, 5.254619026716261265e+151},
                             {1.7e308, 5e-324, 0, 7.029059318265618786e+155},
                             {1e308, 1e308, 10, 8.789702624320013058e+153},
                             {1e308, 0.55, 0, 3.765087105613684733e+155},
                             {1, 1e308, 0, 9.999999999999999945e-155},
                             {5e-324, 5e-324, 0, 1.953738841357925592e-162},
                             {-6, 0, 10, -2.16094288332819187},
                             {-10, 0, 10, -4.47213595499957939}};
  for (const auto& [s, b, b_reg, expected] : cases) {
    CAPTURE(s);
    CHECK(std::abs(ams(s, b, b_reg) / expected - 1) < 4e-15);
  }
}

TEST_CASE("negative signal is no discovery, and negative background gives no significance") {
  CHECK(ams(-6, 0) < 0);
  CHECK(std::isnan(ams(1, -9.9)));
  CHECK(std::isnan(ams(1, 5, -1)));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(ams(nan, 5)));
  CHECK(std::isnan(ams(1, nan)));
  CHECK(ams(1, 0, 0) == std::numeric_limits<double>::infinity());
  // The highest score has a negative weight: above 0.5 the signal sums to -6.
  const Matrix<double> scores = (Matrix<double>(1, 3) << 0.9, 0.5, 0.1).finished();
  BasicEvents<double> truth{.labels = {1, 1, 0},
                            .weights = (Vector<double>(3) << -6, 6.82, 1).finished()};
  AmsCut cut = best_ams(scores, truth);
  CHECK(cut.threshold == 0.1);
  CHECK(cut.ams == Approx(0.255879).epsilon(1e-5));  // s = 0.82, b = 0
  truth = {.labels = {1, 0, 0}, .weights = (Vector<double>(3) << 1, -9.9, 20).finished()};
  cut = best_ams(scores, truth);
  CHECK(cut.threshold == 0.5);
  CHECK(cut.ams == Approx(ams(1, 0)));
}

TEST_CASE_TEMPLATE("events above the threshold are selected", S, float, double) {
  const auto sample = two_classes<S>();
  const auto at = [&](double threshold) { return ams(sample.scores, sample.truth, threshold); };
  CHECK(at(0.55) == Approx(ams(3, 1)));    // 0.8, 0.6, 0.9; 0.7
  CHECK(at(0.5) == at(0.55));              // not at the threshold itself
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
  const auto whole = two_classes<double>();
  CHECK(std::isnan(ams(whole.scores, whole.truth, best_ams(sample.scores, whole.truth).threshold)));
}

TEST_CASE("a threshold does not separate events of the same score") {
  for (const int first : {0, 1}) {
    const BasicEvents<double> truth{.labels = {first, 1 - first}};
    const AmsCut cut = best_ams<double>(Matrix<double>::Constant(1, 2, 0.5), truth);
    CHECK(cut.ams == Approx(ams(1, 1)));
    CHECK(cut.threshold == -std::numeric_limits<double>::infinity());
  }
}
