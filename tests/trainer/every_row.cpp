#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include <tributary/observe/history.hpp>
#include "support/problems.hpp"
#include "support/rules.hpp"

using namespace tributary;
using namespace tributary::test;

TEST_CASE("every step is in a commit, also those of a short last cycle") {
  for (const int overlap : {0, 1, 3}) {
    const auto trained = Trainer{
        NoisyQuadratic{}, InProcess{}, Downpour{.period = 3, .overlap = overlap},
        Sgd{.learning_rate =
                0.5}}.train(Noise{.rows = 10}, {.batch_size = 1});
    CHECK(trained.parameters()[0] == std::ldexp(1.0, -10));
    CHECK(trained.report.merges == 4);
  }
}

namespace {
/// Records the rows that it gets.
struct Rows {
  using Batch = std::vector<std::size_t>;
  std::size_t count = 0;
  std::size_t size() const { return count; }
  void gather(std::span<const std::size_t> rows, Batch& out) const {
    out.assign(rows.begin(), rows.end());
  }
};
struct Counter {
  using Scalar = double;
  using Batch = Rows::Batch;
  std::size_t rows = 0;

  Index parameter_count() const { return static_cast<Index>(rows); }
  void initialize(View<double> x, Rng&) const { x.setZero(); }
  Loss loss_and_gradient(ConstView<double>, const Batch& batch, View<double> gradient) const {
    gradient.setZero();
    for (const std::size_t row : batch) gradient[static_cast<Index>(row)] -= 1;
    return static_cast<Loss>(batch.size());
  }
};
}  // namespace

TEST_CASE("every row is seen once an epoch, for any remainders") {
  for (const std::size_t rows : {9u, 64u, 65u, 100u}) {
    for (const int workers : {1, 2, 3, 8}) {
      for (const int batch_size : {1, 7, 32, 1000}) {
        CAPTURE(rows);
        CAPTURE(workers);
        CAPTURE(batch_size);
        History history;
        const auto trained = Trainer{
            Counter{rows}, InProcess{.workers = workers}, Downpour{.period = 2},
            Sgd{.learning_rate =
                    1}}.train(Rows{rows}, {.epochs = 3, .batch_size = batch_size}, history);
        CHECK(trained.parameters() == Vector<double>::Constant(Index(rows), 3));
        CHECK(trained.report.events == 3 * rows);
        for (const auto& row : history.rows) CHECK(row.loss <= std::max(2, batch_size));
      }
    }
  }
}
