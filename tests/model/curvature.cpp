#include <tributary/model/curvature.hpp>

#include <doctest/doctest.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <tributary/model/sequential.hpp>

#include "support/problems.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {

/// f(x) = xᵀ H x / 2.
struct Bowl {
  using Scalar = double;
  using Batch = Vector<double>;
  Matrix<double> hessian;

  Index parameter_count() const { return hessian.rows(); }
  void initialize(View<double> x, Rng&) const { x.setOnes(); }
  Loss loss_and_gradient(ConstView<double> x, const Batch&, View<double> gradient) const {
    gradient = hessian * x;
    return 0.5 * x.dot(gradient);
  }
};

double curvature_of(const Vector<double>& eigenvalues, const CurvatureOptions& options = {}) {
  // A rotation, so that no eigenvector is a coordinate axis.
  const Index n = eigenvalues.size();
  Vector<double> axis = Vector<double>::Ones(n).normalized();
  const Matrix<double> mirror = Matrix<double>::Identity(n, n) - 2 * axis * axis.transpose();
  return largest_curvature(Bowl{mirror * eigenvalues.asDiagonal() * mirror}, Noise{},
                           Vector<double>::Ones(n), options);
}

/// Two bent layers, or with dropout.
template <Real S>
auto bent_net(double dropout = 0) {
  return sequential<S>(Dense<3, 5>{}, Tanh{}, Dropout{.rate = dropout}, Dense<5, 1>{},
                       MeanSquaredError{});
}

template <class M>
Vector<typename M::Scalar> first_parameters(const M& model) {
  Vector<typename M::Scalar> parameters(model.parameter_count());
  Rng rng = Seed{3}.rng();
  model.initialize(parameters, rng);
  return parameters;
}

/// By differences of every coordinate of the gradient.
template <class M>
double largest_eigenvalue(M model, const BasicEvents<double>& data, Vector<double> at, Seed seed) {
  std::vector<std::size_t> rows(data.size());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = i;
  typename M::Batch batch;
  data.gather(rows, batch);
  Matrix<double> hessian(at.size(), at.size());
  Vector<double> above(at.size()), below(at.size());
  const auto gradient = [&](Vector<double>& out) {
    model.reseed(seed.derive(Stream::model));
    model.loss_and_gradient(at, batch, out);
  };
  constexpr double step = 1e-5;
  for (Index i = 0; i < at.size(); ++i) {
    const double value = at[i];
    at[i] = value + step;
    gradient(above);
    at[i] = value - step;
    gradient(below);
    at[i] = value;
    hessian.col(i) = (above - below) / (2 * step);
  }
  return Eigen::SelfAdjointEigenSolver<Matrix<double>>{hessian}.eigenvalues().maxCoeff();
}

}  // namespace

TEST_CASE("the largest curvature of a quadratic is the same at every point") {
  for (const double x : {0.0, 1.0, -1e3}) {
    const NoisyQuadratic model{.count = 5, .h = 0.7};
    const double h = largest_curvature(model, Noise{}, Vector<double>::Constant(5, x));
    CHECK(h == doctest::Approx(0.7).epsilon(1e-5));
    const double booth = largest_curvature(Booth{}, Noise{}, Vector<double>::Constant(2, x));
    CHECK(booth == doctest::Approx(18).epsilon(1e-4));  // Hessian {{10, 8}, {8, 10}}
  }
  CHECK(largest_curvature(NoisyQuadratic{.h = 0}, Noise{}, Vector<double>::Ones(1)) == 0);
}

TEST_CASE("it is the largest one, for any negative curvature") {
  CHECK(curvature_of(Vector<double>{{5, 1, -2}}) == doctest::Approx(5).epsilon(1e-3));
  CHECK(curvature_of(Vector<double>{{2, 1, -50}}) == doctest::Approx(2).epsilon(2e-2));
  CHECK(curvature_of(Vector<double>{{2, 1, -50}}, {.iterations = 1000, .tolerance = 1e-5}) ==
        doctest::Approx(2).epsilon(2e-3));
  CHECK(curvature_of(Vector<double>{{5, 0, -5}}) == doctest::Approx(5).epsilon(1e-3));
  CHECK(curvature_of(Vector<double>{{5, 0, -4.99}}) == doctest::Approx(5).epsilon(1e-3));
  CHECK(curvature_of(Vector<double>{{-1, -2, -3}}) == doctest::Approx(-1).epsilon(1e-2));
  CHECK(curvature_of(Vector<double>{{5, 4.9, 4.8, 0.1}}) <= 5.0005);
  CHECK(curvature_of(Vector<double>{{5, 4.9, 4.8, 0.1}}, {.tolerance = 1e-7}) ==
        doctest::Approx(5).epsilon(1e-4));
}

TEST_CASE("least squares: the largest eigenvalue of the features' second moments") {
  const auto data = line<double>(200);
  Matrix<double> x(4, 200);
  x << data.features, Matrix<double>::Ones(1, 200);
  const Eigen::SelfAdjointEigenSolver<Matrix<double>> solver{x * x.transpose() / 200};
  const double expected = solver.eigenvalues().maxCoeff();
  const Vector<double> at{{0.3, -1, 2, 0.5}};
  const auto h = largest_curvature(LinearModel<double>{}, data, at, {.tolerance = 1e-10});
  CHECK(h == doctest::Approx(expected).epsilon(1e-4));
  const auto single = largest_curvature(LinearModel<float>{}, line<float>(200), at.cast<float>());
  CHECK(single == doctest::Approx(expected).epsilon(1e-3));

  const double sample = largest_curvature(LinearModel<double>{}, data, at, {.rows = 50});
  CHECK(sample == doctest::Approx(expected).epsilon(0.2));
  CHECK(sample != h);
}

TEST_CASE("a net has the curvature of its Hessian, in float too, and under dropout") {
  for (const double dropout : {0.0, 0.4}) {
    CAPTURE(dropout);
    const auto net = bent_net<double>(dropout);
    const Vector<double> at = first_parameters(net);
    const auto data = line<double>(64);
    const CurvatureOptions options{.tolerance = 1e-8, .seed = Seed{5}};
    // The rows and the masks have another order, so the sample is the expected one only without
    // dropout.
    const double h = largest_curvature(net, data, at, options);
    CHECK(h > 0.5);
    CHECK(largest_curvature(net, data, at, options) == h);
    if (dropout == 0) {
      CHECK(h == doctest::Approx(largest_eigenvalue(net, data, at, Seed{5})).epsilon(1e-4));
    }
    const double single = largest_curvature(bent_net<float>(dropout), line<float>(64),
                                            at.cast<float>(), {.seed = Seed{5}});
    CHECK(single == doctest::Approx(h).epsilon(1e-2));
  }
}

TEST_CASE("the kinks of a ReLU are no curvature") {
  const auto net = [](auto scalar) {
    return sequential<decltype(scalar)>(Dense<3, 300>{}, Relu{}, Dense<300, 1>{},
                                        MeanSquaredError{});
  };
  const Vector<double> at = first_parameters(net(0.0));
  const auto curvature = [&](std::uint64_t seed) {
    return largest_curvature(net(0.0), line<double>(500), at, {.seed = Seed{seed}});
  };
  const double h = curvature(1);
  for (const std::uint64_t seed : {2U, 3U, 4U})
    CHECK(curvature(seed) == doctest::Approx(h).epsilon(1e-3));
  const double single =
      largest_curvature(net(0.0f), line<float>(500), first_parameters(net(0.0f)), {});
  CHECK(single == doctest::Approx(h).epsilon(0.15));
}

TEST_CASE("models and data without a curvature are refused") {
  const Vector<double> at = Vector<double>::Ones(2);
  const auto message = [&](const Vector<double>& parameters, const CurvatureOptions& options) {
    try {
      largest_curvature(Booth{}, Noise{}, parameters, options);
    } catch (const std::invalid_argument& error) {
      return std::string{error.what()};
    }
    return std::string{};
  };
  CHECK(message(at, {.rows = 0}) == "CurvatureOptions::rows = 0, must be at least 1");
  CHECK(message(at, {.iterations = 0}) == "CurvatureOptions::iterations = 0, must be at least 1");
  CHECK(message(at, {.tolerance = 0}) == "CurvatureOptions::tolerance = 0, must be in (0, 1)");
  CHECK(message(Vector<double>::Ones(3), {}) ==
        "largest_curvature: number of parameters = 3, must be 2");
  CHECK(message(at * std::numeric_limits<double>::infinity(), {}).find("must be finite") !=
        std::string::npos);
  CHECK_THROWS_AS(largest_curvature(Booth{}, Noise{.rows = 0}, at), std::invalid_argument);
}
