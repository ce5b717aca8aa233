#pragma once

// Small problems with known solutions, written as a user would write them.
#include <cmath>
#include <span>
#include <tributary/data/events.hpp>
#include <tributary/model/model.hpp>
#include <vector>

namespace tributary::test {

/// f(x) = h x^2 / 2 in `count` independent coordinates; the gradient is h x + sigma xi, with xi
/// from the batch. Starts at `start`.
struct NoisyQuadratic {
  using Scalar = double;
  using Batch = Vector<double>;
  Index count = 1;
  double h = 1;
  double sigma = 0;
  double start = 1;

  Index parameter_count() const { return count; }
  void initialize(View<double> x, Rng&) const { x.setConstant(start); }
  Loss loss_and_gradient(ConstView<double> x, const Batch& xi, View<double> gradient) const {
    gradient = h * x;
    if (sigma != 0) gradient += sigma * xi;
    return 0.5 * h * x.squaredNorm() / static_cast<double>(count);
  }
};

/// Each row is `count` independent normal numbers; a batch is the mean of its rows.
struct Noise {
  using Batch = Vector<double>;
  std::size_t rows = 1;
  Index count = 0;
  Seed seed = {};

  std::size_t size() const { return rows; }
  void gather(std::span<const std::size_t> chosen, Batch& out) const {
    out.setZero(count);
    for (const std::size_t row : chosen) {
      Rng rng{Seed::mix(seed.value + row)};
      for (double& xi : out) xi += normal(rng);
    }
    out /= static_cast<double>(chosen.size());
  }
};

/// (x + 2y - 7)^2 + (2x + y - 5)^2 from (90, 90), without noise. The minimum is at (1, 3).
struct Booth {
  using Scalar = double;
  using Batch = Vector<double>;

  Index parameter_count() const { return 2; }
  void initialize(View<double> p, Rng&) const { p.setConstant(90); }
  Loss loss_and_gradient(ConstView<double> p, const Batch&, View<double> gradient) const {
    const double a = p[0] + 2 * p[1] - 7, b = 2 * p[0] + p[1] - 5;
    gradient << 2 * a + 4 * b, 4 * a + 2 * b;
    return a * a + b * b;
  }
};

/// Least squares: y = w·x + b, loss = mean (y - target)^2 / 2. Parameters: [w, b].
template <Real S>
struct LinearModel {
  using Scalar = S;
  using Batch = EventBatch<S>;
  Index features = 3;

  Index parameter_count() const { return features + 1; }
  void initialize(View<S> parameters, Rng& rng) const {
    for (S& p : parameters) p = static_cast<S>(0.1 * (uniform(rng) - 0.5));
  }
  Loss loss_and_gradient(ConstView<S> p, const Batch& batch, View<S> gradient) const {
    const Index events = batch.features.cols();
    const S scale = S{1} / static_cast<S>(events);
    gradient.setZero();
    S loss = 0;
    for (Index e = 0; e < events; ++e) {
      S residual = p[features] - batch.targets(0, e);
      for (Index f = 0; f < features; ++f) residual += p[f] * batch.features(f, e);
      for (Index f = 0; f < features; ++f) gradient[f] += scale * residual * batch.features(f, e);
      gradient[features] += scale * residual;
      loss += scale * residual * residual / 2;
    }
    return static_cast<Loss>(loss);
  }
};
static_assert(Model<LinearModel<float>> && Model<LinearModel<double>>);

/// target = 1.5 a - 2 b + 0.5 c + 0.25
template <Real S>
BasicEvents<S> line(Index events) {
  BasicEvents<S> data{.features = Matrix<S>(3, events), .targets = Matrix<S>(1, events)};
  Rng rng = Seed{7}.rng();
  for (Index e = 0; e < events; ++e) {
    for (Index f = 0; f < 3; ++f) data.features(f, e) = static_cast<S>(2 * uniform(rng) - 1);
    data.targets(0, e) = S(1.5) * data.features(0, e) - 2 * data.features(1, e) +
                         S(0.5) * data.features(2, e) + S(0.25);
  }
  return data;
}
template <Real S>
double line_error(const Vector<S>& p) {
  return static_cast<double>((p - Vector<S>{{S(1.5), S(-2), S(0.5), S(0.25)}}).norm());
}

}  // namespace tributary::test
