// Momentum from asynchrony and from the optimizer: closed forms of the papers, reproduced by whole
// training runs in double.
#include <doctest/doctest.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "support/distance.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {
/// M workers with exponentially distributed step times. With a window of 1, DOWNPOUR is
/// asynchronous SGD. `watch` ends the run after `merges`, before any worker has done all its steps.
template <class Watch>
RunReport run(int workers, double learning_rate, std::uint64_t merges, Seed seed, Watch& watch) {
  const Noise rows{.rows = 2 * merges + 20 * static_cast<std::size_t>(workers)};
  const Simulated cluster{.workers = workers, .step_time = ExponentialStep{}, .seed = seed};
  return Trainer{NoisyQuadratic{}, cluster, Downpour{.period = 1},
                 Sgd{.learning_rate = learning_rate}}
      .train(rows, {.batch_size = 1}, watch)
      .report;
}

/// Adds the center's path to others.
struct Path {
  Vector<double>& sum;
  Flow on(const Merged<double>& m) {
    const auto t = static_cast<Index>(m.version);
    sum[t] += m.center[0];
    return t + 1 == sum.size() ? Flow::stop : Flow::proceed;
  }
};

/// μ and γ of x_{t+1} − x_t = μ (x_t − x_{t−1}) − γ x_t, by least squares.
Vector<double> recursion(const Vector<double>& x) {
  const Index n = x.size() - 2;
  const Vector<double> step = x.tail(n + 1) - x.head(n + 1);
  Eigen::MatrixX2d terms{n, 2};
  terms << step.head(n), -x.segment(1, n);
  return (terms.transpose() * terms).inverse() * (terms.transpose() * step.tail(n));
}

/// The standard error of the mean of each row.
Vector<double> standard_error(const Matrix<double>& columns) {
  const auto n = static_cast<double>(columns.cols());
  const Vector<double> mean = columns.rowwise().mean();
  return ((columns.colwise() - mean).rowwise().squaredNorm() / (n * (n - 1))).cwiseSqrt();
}
}  // namespace

TEST_CASE("asynchronous SGD has the momentum 1 - 1/M and the step eta/M (Mitliagkas et al. 2016)") {
  // E[x_{t+1} − x_t] = (1 − 1/M) E[x_t − x_{t−1}] − (η/M) E[x_t], and both factors are unknown to
  // the fit. At η = 1.25/M the mean path swings through zero within 2M merges, which separates
  // them; without asynchrony the fit would give 0 and η. The remaining noise of the mean path
  // biases the fit by less than its standard error.
  constexpr int groups = 40;  // of runs: their spread is the Monte-Carlo error
  for (const int M : {2, 4, 8, 16}) {
    CAPTURE(M);
    const double eta = 1.25 / M, momentum = 1 - 1.0 / M, step = eta / M;
    const int merges = 2 * M + 4, runs = 500 / M;  // of a group
    Matrix<double> paths(merges + 1, groups), fits(2, groups);
    for (int group = 0; group < groups; ++group) {
      Vector<double> sum = Vector<double>::Zero(merges + 1);
      sum[0] = runs;  // times the start, 1
      for (int i = 0; i < runs; ++i) {
        Path path{sum};
        run(M, eta, static_cast<std::uint64_t>(merges),
            Seed{static_cast<std::uint64_t>(group * runs + i)}, path);
      }
      paths.col(group) = sum / runs;
      fits.col(group) = recursion(paths.col(group));
    }
    const Vector<double> fit = recursion(paths.rowwise().mean()), error = standard_error(fits);
    MESSAGE("momentum " << fit[0] << " +- " << error[0] << ", expected " << momentum << "; step "
                        << fit[1] << " +- " << error[1] << ", expected " << step);
    REQUIRE(4 * error[0] < 0.01);
    CHECK(std::abs(fit[0] - momentum) < 0.01);
    CHECK(std::abs(fit[0] - momentum) < 4.5 * error[0]);
    CHECK(std::abs(fit[1] - step) < 4.5 * error[1]);

    // The recursion also holds at each single step.
    const auto center = paths.middleRows(1, merges - 1);
    const Matrix<double> surplus = paths.bottomRows(merges - 1) - center -
                                   momentum * (center - paths.topRows(merges - 1)) + step * center;
    CHECK((surplus.rowwise().mean().array().abs() < 4.5 * standard_error(surplus).array()).all());
  }
}

TEST_CASE("staleness of memoryless workers is geometric, with mean M - 1") {
  struct Staleness {
    std::uint64_t merges, start_up;
    std::vector<double> counts;  // of worker 0; the last is of all that is longer
    double sum = 0, commits = 0;
    Flow on(const Merged<double>& m) {
      if (m.version > start_up) sum += static_cast<double>(m.staleness);
      if (m.worker == 0) {
        ++counts[std::min(m.staleness, counts.size() - 1)];
        ++commits;
      }
      return m.version == merges ? Flow::stop : Flow::proceed;
    }
  };
  constexpr std::uint64_t merges = 100'000;
  for (const int M : {2, 4, 8, 16}) {
    CAPTURE(M);
    const std::size_t bins = 3 * static_cast<std::size_t>(M);  // 20 or more expected in each
    const std::uint64_t start_up = 10 * bins;
    Staleness seen{merges, start_up, std::vector<double>(bins)};
    const RunReport report = run(M, 0.1 / M, merges, Seed{4}, seen);
    CHECK(report.merges == merges);

    // A commit's staleness + 1 is the merges since its worker's last one. Their sum over a run is M
    // times its length, except for the ends, which vary by √(M²(M−1)). Therefore the error is
    // small.
    const double mean = seen.sum / static_cast<double>(merges - start_up);
    const double error = M * std::sqrt(2 * (M - 1)) / static_cast<double>(merges - start_up);
    REQUIRE(4 * error < 0.02 * (M - 1));
    CHECK(std::abs(mean / (M - 1) - 1) < 0.02);
    CHECK(std::abs(report.mean_staleness / (M - 1) - 1) < 0.02);  // with the start-up

    // Each merge is of worker 0 with probability 1/M, for any earlier merges. So its commits are
    // independent of each other; those of all workers are not.
    double chi_square = 0, longer = 1;
    for (std::size_t k = 0; k < bins; ++k) {
      const bool last = k + 1 == bins;
      const double p = last ? longer : longer / M, expected = seen.commits * p;  // (1−1/M)^k / M
      longer -= p;
      chi_square += std::pow(seen.counts[k] - expected, 2) / expected;
      if (k < 4) CHECK(std::abs(seen.counts[k] - expected) < 4 * std::sqrt(expected * (1 - p)));
    }
    // Exceeded with probability 1e-4: Wilson and Hilferty, 1931.
    const double freedom = static_cast<double>(bins) - 1, spread = 2 / (9 * freedom);
    const double critical = freedom * std::pow(1 - spread + 3.719 * std::sqrt(spread), 3);
    MESSAGE("mean staleness " << mean << " +- " << error << ", chi-square " << chi_square << " of "
                              << freedom << ", critical " << critical);
    CHECK(chi_square < critical);
  }
}

namespace {
/// A known mistake: computes the gradient behind x, v ← δ v − η g(x − δ v);  x ← x + v.
struct LookBehindStepper {
  double learning_rate, momentum;
  Vector<double> velocity, gradient;

  template <class Oracle>
  Loss step(View<double> x, const Oracle& oracle) {
    const Loss loss = oracle(x - momentum * velocity, gradient);
    velocity = momentum * velocity - learning_rate * gradient;
    x += velocity;
    return loss;
  }
};
struct LookBehind {
  double learning_rate, momentum;

  LookBehindStepper make_stepper(const Vector<double>& initial) const {
    return {learning_rate, momentum, 0 * initial, initial};
  }
  void validate() const {}
};

template <class... Policies>
double alone(const Policies&... policies) {
  return distance(NoisyQuadratic{}, Simulated{.workers = 1}, 4000, policies...);
}
}  // namespace

TEST_CASE("stability of Nesterov: eta h < (2 + 2 delta) / (1 + 2 delta)") {
  CHECK((2 + 2 * 0.9) / (1 + 2 * 0.9) == doctest::Approx(1.357).epsilon(1e-3));
  for (const double delta : {0.0, 0.5, 0.9}) {
    CAPTURE(delta);
    const double bound = (2 + 2 * delta) / (1 + 2 * delta);
    const auto nesterov = [&](double eta) {
      return alone(Averaging{}, Nesterov{.learning_rate = eta, .momentum = delta});
    };
    // EAMSGD brings its own. With α = 1 and one exchange, at the end, the center is the worker.
    const auto eamsgd = [&](double eta) {
      return alone(Eamsgd{.learning_rate = eta,
                          .momentum = delta,
                          .moving_rate = MovingRate::alpha(1),
                          .period = 4000});
    };
    CHECK(nesterov(0.99 * bound) < 1e-6);
    CHECK(!(nesterov(1.01 * bound) < 1e6));
    CHECK(eamsgd(0.99 * bound) < 1e-6);
    CHECK(!(eamsgd(1.01 * bound) < 1e6));
  }
}

TEST_CASE("looking ahead is stable and looking behind is not, from (1 - delta) / delta on") {
  const double delta = 0.9, behind = (1 - delta) / delta;
  CHECK(behind == doctest::Approx(0.111).epsilon(2e-3));
  const auto look_behind = [&](double eta) { return alone(Averaging{}, LookBehind{eta, delta}); };
  CHECK(look_behind(0.95 * behind) < 1e-3);
  for (const double eta : {1.05 * behind, 0.3, 1.0, 1.3}) {
    CAPTURE(eta);
    CHECK(!(look_behind(eta) < 1e3));
    CHECK(alone(Averaging{}, Nesterov{.learning_rate = eta, .momentum = delta}) < 1e-6);
    CHECK(alone(Eamsgd{.learning_rate = eta, .momentum = delta}) < 1e-6);
  }
}
