#include <doctest/doctest.h>

#include <vector>

#include <tributary/optimizer/cosine_decay.hpp>
#include <tributary/optimizer/scheduled.hpp>
#include <tributary/rule/asynchronous_sgd.hpp>
#include <tributary/rule/diloco.hpp>
#include <tributary/transport/simulated.hpp>
#include "support/moved_rows.hpp"
#include "support/rules.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {

Scheduled<Sgd, CosineDecay> cosine_over(std::uint64_t steps) {
  return {Sgd{.learning_rate = 1}, {.steps = steps}};
}
Vector<double> moved(std::size_t rows, const auto&... policies) {
  return Trainer{RowMover{rows}, policies...}
      .train(NumberedRows{rows}, {.batch_size = 1, .seed = Seed{5}})
      .parameters();
}
double sum_of(int first, int last, int steps) {
  double sum = 0;
  for (int k = first; k <= last; ++k) sum += cosine(k, steps);
  return sum;
}

}  // namespace

TEST_CASE("every row moves by the rate of its place in its share") {
  std::vector<double> rates;
  for (int k = 0; k < 100; ++k) rates.insert(rates.end(), 2, cosine(k, 100));
  const auto over = [&](const auto& transport) {
    return moved(200, transport, Downpour{.period = 5, .overlap = 2}, cosine_over(100));
  };
  CHECK(moved_by(rates, over(InProcess{.workers = 2})));
  CHECK(moved_by(rates, over(Simulated{.workers = 2})));
  // Five times slower, and late.
  CHECK(moved_by(rates, over(Simulated{.workers = 2,
                                       .step_time = PerRankStep{{1, 5}},
                                       .presence = {{.rank = 1, .from_seconds = 31}}})));
}

TEST_CASE("the rows of a worker that dies have moved by the rates of their places until then") {
  std::vector<double> rates;
  for (int k = 0; k < 100; ++k) rates.push_back(cosine(k, 100));
  for (int k = 0; k < 40; ++k) rates.push_back(cosine(k, 100));
  rates.insert(rates.end(), 60, 0);
  const Simulated dying{.workers = 2, .presence = {{.rank = 1, .until_seconds = 42}}};
  CHECK(moved_by(rates, moved(200, dying, Downpour{.period = 5}, cosine_over(100))));
}

TEST_CASE("a schedule at the center follows the merged commits, not the rounds") {
  // Worker 0 takes 30 steps before the other one joins, and 20 beside it; 30 remain for the other
  // one.
  const Simulated late{.workers = 2, .presence = {{.rank = 1, .from_seconds = 30.5}}};
  const auto rows = moved(100, late, SynchronousSgd{}, cosine_over(50));
  const double expected = 2 * sum_of(0, 14, 50) + sum_of(15, 34, 50) + 2 * sum_of(35, 49, 50);
  CHECK(rows.sum() == doctest::Approx(expected).epsilon(1e-12));
  CHECK(rows.minCoeff() >= cosine(49, 50));  // each has moved

  const auto outer =
      moved(100, late, DiLoCo{.period = 1, .outer = cosine_over(50)}, Sgd{.learning_rate = 1});
  CHECK(outer.sum() == doctest::Approx(expected).epsilon(1e-12));

  std::vector<double> rates;
  for (int k = 0; k < 100; ++k) rates.push_back(cosine(k, 100));
  CHECK(moved_by(rates, moved(100, late, AsynchronousSgd{}, cosine_over(100))));
}
