// Closed forms from the papers, reproduced by whole training runs in double.
#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "support/distance.hpp"

using namespace tributary;
using namespace tributary::test;

TEST_CASE("stability of DOWNPOUR with a fixed delay: eta h < 2 sin(pi / (2 (2d + 1)))") {
  const auto bound = [](int d) { return 2 * std::sin(std::numbers::pi / (2 * (2 * d + 1))); };
  CHECK(bound(8) == doctest::Approx(0.1845).epsilon(1e-3));
  CHECK(bound(9) == doctest::Approx(0.1652).epsilon(1e-3));
  CHECK(bound(19) == doctest::Approx(0.0805).epsilon(1e-3));

  for (const int n : {2, 9, 20}) {  // delay d = n - 1
    const auto run = [&](double eta) {
      return distance(NoisyQuadratic{}, Simulated{.workers = n}, 20000 / n, Downpour{.period = 1},
                      Sgd{.learning_rate = eta});
    };
    CAPTURE(n);
    CHECK(run(0.98 * bound(n - 1)) < 1e-2);
    CHECK(!(run(1.02 * bound(n - 1)) < 1e2));
  }
  const auto booth = [&](int n) {  // eta h = 0.18
    const Noise data{.rows = static_cast<std::size_t>(2000 * n)};
    const auto trained = Trainer{
        Booth{}, Simulated{.workers = n}, Downpour{.period = 1},
        Sgd{.learning_rate =
                0.01}}.train(data, {.batch_size = 1});
    return (trained.parameters() - Vector<double>{{1, 3}}).norm();
  };
  CHECK(booth(9) < 1e-6);
  CHECK(!(booth(10) < 1e6));
}

TEST_CASE("implicit momentum 1 - 1/M of asynchronous SGD (Mitliagkas et al. 2016)") {
  struct Path {
    std::vector<double> theta = {1};
    std::vector<std::uint64_t> staleness = {};
    Flow on(const Merged<double>& m) {
      theta.push_back(m.center[0]);
      staleness.push_back(m.staleness);
      return theta.size() > 40 ? Flow::stop : Flow::proceed;  // before any budget is spent
    }
  };
  constexpr int M = 4, runs = 6000, last = 30;
  const double eta = 0.2;
  std::vector<double> step(last + 1), slope(last + 1);
  double stale = 0, fresh = 0;
  Vector<double> surplus = Vector<double>::Zero(last), squares = surplus;
  for (int run = 0; run < runs; ++run) {
    Path path;
    Trainer{
        NoisyQuadratic{},
        Simulated{.workers = M, .step_time = ExponentialStep{}, .seed = Seed{std::uint64_t(run)}},
        Downpour{.period = 1}, Sgd{.learning_rate = eta}}
        .train(Noise{.rows = 50 * M}, {.batch_size = 1}, path);
    const auto& x = path.theta;
    for (std::size_t t = 1; t < last; ++t) {
      const double momentum_step = x[t] - x[t - 1], next = x[t + 1] - x[t];
      const double r = next - (1 - 1.0 / M) * momentum_step + eta / M * x[t];
      surplus[Index(t)] += r / runs;
      squares[Index(t)] += r * r / runs;
      step[t] += momentum_step / runs;
      slope[t] += (next + eta / M * x[t]) / runs;
    }
    stale += double(path.staleness.back()) / runs;
    fresh += double(path.staleness.back() == 0) / runs;
  }
  double top = 0, bottom = 0;
  for (Index t = 1; t < last; ++t) {  // E of the recursion holds at every step
    CAPTURE(t);
    CHECK(std::abs(surplus[t]) < 4.5 * std::sqrt(squares[t] / runs));
    top += slope[std::size_t(t)] * step[std::size_t(t)];
    bottom += step[std::size_t(t)] * step[std::size_t(t)];
  }
  MESSAGE("implicit momentum " << top / bottom << ", staleness " << stale << ", P(0) " << fresh);
  CHECK(top / bottom == doctest::Approx(1 - 1.0 / M).epsilon(0.03));
  CHECK(stale == doctest::Approx(M - 1).epsilon(0.06));
  CHECK(fresh == doctest::Approx(1.0 / M).epsilon(0.1));
}

TEST_CASE("stability of Nesterov: eta h < (2 + 2 delta) / (1 + 2 delta)") {
  for (const double delta : {0.0, 0.5, 0.9}) {
    const double bound = (2 + 2 * delta) / (1 + 2 * delta);
    const auto run = [&](double eta) {
      return distance(NoisyQuadratic{}, Simulated{.workers = 1}, 4000, Averaging{},
                      Nesterov{.learning_rate = eta, .momentum = delta});
    };
    CAPTURE(delta);
    CHECK(run(0.99 * bound) < 1e-6);
    CHECK(!(run(1.01 * bound) < 1e6));
  }
  CHECK((2 + 2 * 0.9) / (1 + 2 * 0.9) == doctest::Approx(1.357).epsilon(1e-3));
}
