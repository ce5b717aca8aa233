#include <doctest/doctest.h>

#include <numeric>
#include <span>
#include <vector>

#include <tributary/data/shares.hpp>
#include <tributary/rule/asynchronous_sgd.hpp>
#include <tributary/rule/diloco.hpp>
#include <tributary/transport/simulated.hpp>
#include "support/problems.hpp"
#include "support/rules.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {

/// A batch is the mean of its rows' numbers.
struct Numbers {
  using Batch = double;
  std::vector<double> numbers;

  std::size_t size() const { return numbers.size(); }
  void gather(std::span<const std::size_t> rows, double& mean) const {
    mean = 0;
    for (const std::size_t row : rows) mean += numbers[row];
    mean /= static_cast<double>(rows.size());
  }
  double mean() const { return std::reduce(numbers.begin(), numbers.end()) / double(size()); }
};
/// (x − number)² / 2: a step of rate 1 goes to the mean of its batch.
struct Target {
  using Scalar = double;
  using Batch = double;
  Index parameter_count() const { return 1; }
  void initialize(View<double> x, Rng&) const { x.setZero(); }
  Loss loss_and_gradient(ConstView<double> x, double number, View<double> gradient) const {
    gradient[0] = x[0] - number;
    return gradient.squaredNorm() / 2;
  }
};

const Numbers five{{1, 2, 3, 4, 20}};  // 6.000
Numbers squares(int rows) {
  Numbers data;
  for (int i = 0; i < rows; ++i) data.numbers.push_back(i * i);
  return data;
}
double result(const Numbers& data, int batch_size, std::uint64_t seed, const auto&... policies) {
  return Trainer{Target{}, policies...}
      .train(data, {.batch_size = batch_size, .seed = Seed{seed}})
      .parameters()[0];
}
/// The result of one round over all rows.
void check_mean(const Numbers& data, int batch_size, const auto& transport) {
  const Sgd to_mean{.learning_rate = 1};
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    const auto of = [&](const auto&... policies) {
      return result(data, batch_size, seed, transport, policies...);
    };
    const doctest::Approx mean = doctest::Approx(data.mean()).epsilon(1e-14);
    CHECK(of(SynchronousSgd{}, to_mean) == mean);
    CHECK(of(Averaging{}, to_mean) == mean);
    CHECK(of(DiLoCo{.period = 1, .outer = to_mean}, to_mean) == mean);
  }
}

}  // namespace

TEST_CASE("a round of uneven batches takes the mean over events, for any seed") {
  CHECK(five.mean() == 6);
  const auto everywhere = [](const Numbers& data, int batch_size, int workers) {
    check_mean(data, batch_size, InProcess{.workers = workers});
    check_mean(data, batch_size, Simulated{.workers = workers});
  };
  everywhere(five, 3, 2);
  everywhere(squares(101), 11, 10);  // 100 · 201 / 6 = 3350
  CHECK(squares(101).mean() == 3350);
  everywhere(squares(7), 2, 4);
}

TEST_CASE("with one event in a batch no round belongs to a single worker") {
  // One worker has one row, the other has two: one round of all three, 48 / 3.
  check_mean({{0, 0, 48}}, 1, InProcess{.workers = 2});
  check_mean({{3, 5, 40}}, 1, Simulated{.workers = 2});
}

TEST_CASE("a mean of several batches is one over events, too") {
  // 5 rows in batches of 2, 2 and 1.
  const Sgd to_mean{.learning_rate = 1};
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    const auto of = [&](int batch_size, int workers, const auto& rule) {
      return result(five, batch_size, seed, InProcess{.workers = workers}, rule, to_mean);
    };
    const doctest::Approx mean = doctest::Approx(6).epsilon(1e-14);
    CHECK(of(2, 1, SynchronousSgd{.period = one_epoch}) == mean);
    CHECK(of(1, 2, SynchronousSgd{.period = one_epoch}) == mean);  // 1, 1 and 2, 1
    CHECK(of(2, 1, AsynchronousSgd{.period = one_epoch}) == mean);
  }
}

TEST_CASE("a round takes the mean over those that are in it") {
  // The shares have 2, 2 and 3 rows; one worker dies in the round.
  const Numbers data = squares(7);
  const Shares shares{data, 3, 3, Seed{1}};
  const auto mean_of = [&](int share) { return shares.batches(share).next(); };
  const double left = (2 * mean_of(1) + 3 * mean_of(2)) / 5;
  const Simulated dying{.workers = 3, .presence = {{.rank = 0, .until_seconds = 0.5}}};
  const Sgd to_mean{.learning_rate = 1};
  CHECK(result(data, 3, 1, dying, Averaging{}, to_mean) == doctest::Approx(left).epsilon(1e-14));
  CHECK(result(data, 3, 1, dying, SynchronousSgd{}, to_mean) ==
        doctest::Approx(left).epsilon(1e-14));
}

TEST_CASE("the elastic force of a worker does not depend on its number of events") {
  const Shares shares{five, 2, 3, Seed{1}};
  const double both = shares.batches(0).next() + shares.batches(1).next();
  const SynchronousEasgd rule{.moving_rate = MovingRate::alpha(0.25), .period = 1, .overlap = 0};
  CHECK(result(five, 3, 1, InProcess{.workers = 2}, rule, Sgd{.learning_rate = 1}) ==
        doctest::Approx(0.25 * both).epsilon(1e-14));
}

TEST_CASE("uneven rounds have the same bits over threads and in a simulation") {
  const auto check = [](const auto& rule, const auto& optimizer) {
    for (const int workers : {2, 3, 5}) {
      const auto fit = [&](const auto& transport) {
        return Trainer{LinearModel<float>{}, transport, rule, optimizer}
            .train(line<float>(151), {.epochs = 3, .batch_size = 4, .seed = Seed{2}})
            .parameters();
      };
      CHECK(fit(InProcess{.workers = workers}) == fit(Simulated{.workers = workers}));
    }
  };
  check(SynchronousSgd{}, Sgd{.learning_rate = 0.1});
  check(Averaging{.period = 2, .overlap = 1}, Sgd{.learning_rate = 0.1});
  check(DiLoCo{.period = 3}, Sgd{.learning_rate = 0.1});
}
