#pragma once

// A problem in which each parameter shows the sum of the moves of its row.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <tributary/model/model.hpp>
#include <vector>

namespace tributary::test {

/// A batch is the numbers of its rows.
struct NumberedRows {
  using Batch = std::vector<std::size_t>;
  std::size_t count = 0;

  std::size_t size() const { return count; }
  void gather(std::span<const std::size_t> rows, Batch& out) const {
    out.assign(rows.begin(), rows.end());
  }
};

/// A parameter for each row, of which a step of rate η moves those of its batch by η, from 0.
struct RowMover {
  using Scalar = double;
  using Batch = NumberedRows::Batch;
  std::size_t rows = 0;

  Index parameter_count() const { return static_cast<Index>(rows); }
  void initialize(View<double> x, Rng&) const { x.setZero(); }
  Loss loss_and_gradient(ConstView<double>, const Batch& batch, View<double> gradient) const {
    gradient.setZero();
    for (const std::size_t row : batch) gradient[static_cast<Index>(row)] -= 1;
    return 0;
  }
};

/// (1 + cos(π k / steps)) / 2
inline double cosine(int k, int steps) { return (1 + std::cos(std::numbers::pi * k / steps)) / 2; }

/// Whether the rows were moved by these rates, each by one of them.
inline bool moved_by(std::vector<double> rates, const Vector<double>& rows) {
  std::vector<double> moved(rows.begin(), rows.end());
  if (moved.size() != rates.size()) return false;
  std::ranges::sort(rates);
  std::ranges::sort(moved);
  return std::ranges::equal(rates, moved,
                            [](double a, double b) { return std::abs(a - b) < 1e-12; });
}

}  // namespace tributary::test
