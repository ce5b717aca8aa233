// Closed forms from the papers, reproduced by whole training runs in double.
#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
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

  std::vector<ShuffledBatches<Noise>> noise;
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

TEST_CASE("variance of the synchronous EASGD center") {
  const double p = 4, eta = 0.1, h = 1, beta = 0.9, alpha = beta / p, sigma = 1;
  const double a = eta * h + (p + 1) * alpha, c2 = eta * h * p * alpha;
  const double root = std::sqrt(a * a - 4 * c2), g = 1 - (a - root) / 2, f = 1 - (a + root) / 2;
  const double expected = std::pow(p * alpha * eta / (g - f), 2) *
                          (g * g / (1 - g * g) + f * f / (1 - f * f) - 2 * g * f / (1 - g * f)) *
                          sigma * sigma / p;
  CHECK(expected == doctest::Approx(0.0104558397).epsilon(1e-9));

  struct SecondMoment {
    double sum = 0;
    int samples = 0;
    void on(const Merged<double>& m) {  // every 40 rounds: correlation of squares below 0.002
      if (m.version < 160 || m.version % 40 != 0) return;
      sum += m.center.squaredNorm() / static_cast<double>(m.center.size());
      ++samples;
    }
  } moment;
  constexpr Index chains = 8192;
  Trainer{NoisyQuadratic{.count = chains, .sigma = sigma, .start = 0}, Simulated{.workers = 4},
          SynchronousEasgd{.moving_rate = MovingRate::beta(beta), .period = 1},
          Sgd{.learning_rate = eta}}
      .train(Noise{.rows = 4 * 640, .count = chains}, {.batch_size = 1}, moment);
  REQUIRE(moment.samples == 13);
  const double standard_error = std::sqrt(2.0 / (moment.samples * chains));  // relative
  MESSAGE("measured " << moment.sum / moment.samples << ", expected " << expected
                      << ", relative standard error " << standard_error);
  CHECK(std::abs(moment.sum / moment.samples / expected - 1) < 4 * standard_error);
}

TEST_CASE("stability of synchronous EASGD: alpha < (4 - 2 eta h) / (2 (p + 1) - eta h p)") {
  for (const int p : {1, 4, 16}) {
    for (const double eta : {0.1, 1.0}) {
      const double bound = (4 - 2 * eta) / (2 * (p + 1) - eta * p);
      const auto run = [&](double alpha) {
        return distance(NoisyQuadratic{}, Simulated{.workers = p}, 3000,
                        SynchronousEasgd{.moving_rate = MovingRate::alpha(alpha), .period = 1},
                        Sgd{.learning_rate = eta});
      };
      CAPTURE(p);
      CAPTURE(eta);
      CHECK(run(0.98 * bound) < 1e-3);
      if (1.02 * bound <= 1) CHECK(!(run(1.02 * bound) < 1e3));
    }
  }
  // With overlap = 0 the elastic step follows the gradient step, which is a little more stable.
  const double bound = (4 - 2 * 0.1) / (2 * (4 + 1) - 0.1 * 4 - 2 * 0.1);
  const auto run = [&](double alpha) {
    return distance(
        NoisyQuadratic{}, Simulated{.workers = 4}, 3000,
        SynchronousEasgd{.moving_rate = MovingRate::alpha(alpha), .period = 1, .overlap = 0},
        Sgd{.learning_rate = 0.1});
  };
  CHECK(run(0.995 * bound) < 1e-3);
  CHECK(!(run(1.005 * bound) < 1e3));
}

TEST_CASE("stability of round-robin EASGD: alpha < (4 - 2 eta) / (4 - eta) where h = 1") {
  for (const double eta : {0.5, 1.0}) {
    const double bound = (4 - 2 * eta) / (4 - eta);
    const auto run = [&](double alpha) {
      return distance(NoisyQuadratic{}, Simulated{.workers = 3}, 3000,
                      Easgd{.moving_rate = MovingRate::alpha(alpha), .period = 1},
                      Sgd{.learning_rate = eta});
    };
    CHECK(run(0.98 * bound) < 1e-3);
    CHECK(!(run(1.02 * bound) < 1e3));
  }
}
