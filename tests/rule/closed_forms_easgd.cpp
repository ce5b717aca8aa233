// Closed forms from the papers, reproduced by whole training runs in double.
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "support/distance.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {
/// Keeps every center.
struct Centers {
  std::vector<Vector<double>> all;
  void on(const Merged<double>& m) { all.emplace_back(m.center); }
};
}  // namespace

TEST_CASE("synchronous EASGD is eq. 5-6 of Zhang, Choromanska, LeCun") {
  constexpr int p = 3;
  const double eta = 0.1, beta = 0.9, alpha = beta / p, sigma = 0.5;
  const Noise data{.rows = 60, .count = 2, .seed = Seed{5}};
  const NoisyQuadratic model{.count = 2, .sigma = sigma};
  Centers centers;
  Trainer{model, InProcess{.workers = p},
          SynchronousEasgd{.moving_rate = MovingRate::beta(beta), .period = 1},
          Sgd{.learning_rate = eta}}
      .train(data, {.batch_size = 1}, centers);
  REQUIRE(centers.all.size() == 20);

  std::vector<ShuffledBatches<Noise, ShareRows>> noise;
  const Partition partition{60, p, Seed{}};
  for (int w = 0; w < p; ++w)
    noise.emplace_back(data, partition.share(w), 20, Seed{}.derive(Stream::batches, w));
  Vector<double> center{{1, 1}};
  std::vector<Vector<double>> x(p, center);
  for (std::size_t t = 0; t < 19; ++t) {  // the 20th is the last, without overlap
    Vector<double> mean = Vector<double>::Zero(2);
    for (auto& x_i : x) mean += x_i / p;
    for (std::size_t i = 0; i < p; ++i) {
      x[i] += -eta * (x[i] + sigma * noise[i].next()) - alpha * (x[i] - center);  // eq. 5
    }
    center = (1 - beta) * center + beta * mean;  // eq. 6
    CHECK((centers.all[t] - center).norm() < 1e-14);
  }
}

namespace {
/// Var θ̃ of synchronous EASGD on h x² / 2. With overlap = 0 the elastic step sees the result of
/// the gradient step. This subtracts ηhα from a; the rest of the paper's formula is unchanged.
double variance(double p, double eta, double h, double beta, int overlap) {
  const double alpha = beta / p, c2 = eta * h * beta;
  const double a = eta * h + (p + 1) * alpha - (overlap == 0 ? eta * h * alpha : 0);
  const double root = std::sqrt(a * a - 4 * c2), g = 1 - (a - root) / 2, f = 1 - (a + root) / 2;
  return std::pow(p * alpha * eta / (g - f), 2) *
         (g * g / (1 - g * g) + f * f / (1 - f * f) - 2 * g * f / (1 - g * f)) / p;
}
double variance_of_sgd(double p, double eta, double h) {
  return eta * h / (2 - eta * h) / (p * h * h);
}
SynchronousEasgd easgd(double beta, int overlap) {
  return {.moving_rate = MovingRate::beta(beta), .period = 1, .overlap = overlap};
}

/// The noise of one row is 1, that of all others 0.
struct Impulse {
  using Batch = Vector<double>;
  std::size_t rows;

  std::size_t size() const { return rows; }
  void gather(std::span<const std::size_t> chosen, Batch& out) const {
    out.setConstant(1, chosen.front() == 0 ? 1 : 0);
  }
};
/// The center is a linear filter of the workers' noise, and all workers are equal. So its variance
/// is p times the sum of squares of its response to one impulse.
template <class Rule>
double variance_by_impulse(const Rule& rule, int p, double eta, double h) {
  struct Energy {
    double sum = 0, last = 0;
    void on(const Merged<double>& m) {
      last = m.center[0];
      sum += last * last;
    }
  } energy;
  Trainer{NoisyQuadratic{.h = h, .sigma = 1, .start = 0}, Simulated{.workers = p}, rule,
          Sgd{.learning_rate = eta}}
      .train(Impulse{static_cast<std::size_t>(4000 * p)}, {.batch_size = 1}, energy);
  REQUIRE(std::abs(energy.last) < 1e-9);  // it has decayed
  return p * energy.sum;
}
}  // namespace

TEST_CASE("variance of the center, to rounding") {
  CHECK(variance(4, 0.1, 1, 0.9, 1) == doctest::Approx(0.0104558397).epsilon(1e-8));
  CHECK(variance(4, 0.1, 1, 0.9, 0) == doctest::Approx(0.0106525).epsilon(1e-5));
  struct Point {
    int p;
    double eta, h, beta;
  };
  for (const auto& [p, eta, h, beta] :
       {Point{4, 0.1, 1, 0.9}, Point{1, 0.5, 1, 0.5}, Point{8, 0.2, 2, 1.2}}) {
    CAPTURE(p);
    for (const int overlap : {0, 1}) {
      CAPTURE(overlap);
      CHECK(variance_by_impulse(easgd(beta, overlap), p, eta, h) ==
            doctest::Approx(variance(p, eta, h, beta, overlap)).epsilon(1e-12));
    }
    CHECK(variance_by_impulse(SynchronousSgd{}, p, eta, h) ==
          doctest::Approx(variance_of_sgd(p, eta, h)).epsilon(1e-12));
  }
}

TEST_CASE("variance of the center, under noise") {
  constexpr Index chains = 4096;  // one for each coordinate: they are independent
  struct SecondMoments {
    Vector<double> sum = Vector<double>::Zero(chains);
    int rounds = 0;
    void on(const Merged<double>& m) {
      if (m.version <= 60) return;  // from 0 to its variance, except for 1e-4 of it
      sum += m.center.cwiseAbs2();
      ++rounds;
    }
  };
  const auto check = [](const auto& rule, double expected) {
    SecondMoments moments;
    Trainer{NoisyQuadratic{.count = chains, .sigma = 1, .start = 0}, Simulated{.workers = 4}, rule,
            Sgd{.learning_rate = 0.1}}
        .train(Noise{.rows = 4 * 560, .count = chains}, {.batch_size = 1}, moments);
    REQUIRE(moments.rounds == 500);
    const Vector<double> each = moments.sum / moments.rounds;
    const double measured = each.mean();
    const double error = (each.array() - measured).matrix().norm() / chains;
    MESSAGE("measured " << measured << " +- " << error << ", expected " << expected);
    REQUIRE(4 * error < 0.016 * expected);  // overlap changes it by 0.019
    CHECK(std::abs(measured - expected) < 4 * error);
  };
  check(easgd(0.9, 1), 0.0104558397);
  check(easgd(0.9, 0), 0.0106525);
  check(SynchronousSgd{}, variance_of_sgd(4, 0.1, 1));
}

TEST_CASE("stability of synchronous EASGD: alpha < (4 - 2 eta h) / (2 (p + 1) - eta h p)") {
  for (const int p : {1, 4, 16}) {
    for (const double eta : {0.1, 1.0}) {
      // With overlap = 0 the elastic step follows the gradient step: a little more stable.
      for (const int overlap : {0, 1}) {
        const double bound = (4 - 2 * eta) / (2 * (p + 1) - eta * p - (overlap == 0 ? 2 * eta : 0));
        const auto run = [&](double alpha) {
          return distance(NoisyQuadratic{}, Simulated{.workers = p}, 2500,
                          SynchronousEasgd{MovingRate::alpha(alpha), 1, overlap},
                          Sgd{.learning_rate = eta});
        };
        CAPTURE(p);
        CAPTURE(eta);
        CAPTURE(overlap);
        if (0.99 * bound <= 1) CHECK(run(0.99 * bound) < 1e-3);
        if (1.01 * bound <= 1) CHECK(!(run(1.01 * bound) < 1e3));
      }
    }
  }
}

TEST_CASE("stability of round-robin EASGD: alpha < (4 - 2 eta) / (4 - eta) for h = 1") {
  const auto run = [](int workers, double eta, double times) {
    const double alpha = times * (4 - 2 * eta) / (4 - eta);
    return distance(NoisyQuadratic{}, Simulated{.workers = workers}, 3000,
                    Easgd{.moving_rate = MovingRate::alpha(alpha), .period = 1},
                    Sgd{.learning_rate = eta});
  };
  for (const double eta : {0.1, 0.5, 1.0}) {
    CAPTURE(eta);
    for (const int workers : {1, 2, 3, 5, 8}) CHECK(run(workers, eta, 0.98) < 1e-3);
    for (const int workers : {1, 3, 5}) CHECK(!(run(workers, eta, 1.02) < 1e3));
  }
  // An even number of workers is stable slightly beyond the bound. For η = 1 the spectral radius of
  // a round of two passes 1 at 1.0607 of the bound, that is at α = √½, and of eight at 1.0031.
  CHECK(run(2, 1, 1.05) < 1e-3);
  CHECK(!(run(2, 1, 1.07) < 1e3));
  CHECK(!(run(8, 1, 1.02) < 1e3));
}
