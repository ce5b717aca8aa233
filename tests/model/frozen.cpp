#include <tributary/model/frozen.hpp>

#include <doctest/doctest.h>

#include <tributary/model/sequential.hpp>
#include <tributary/model/summary.hpp>

#include "model/helpers.hpp"

using namespace tributary;

namespace {

EventBatch<double> labeled(Index features, Index events) {
  EventBatch<double> batch = random_batch(features, events, Seed{3});
  for (Index i = 0; i < events; ++i) batch.labels.push_back(static_cast<int>(i % 2));
  return batch;
}

/// Passes everything on, and counts the calls of propagate().
struct Probe {
  int* calls;
  template <Real S, Shape Inputs>
  struct Part {
    static constexpr Shape outputs = Inputs;
    static constexpr Index parameter_count = 0;
    int* calls;
    void forward(const auto*, const auto& x, auto& y) const { y = x; }
    void propagate(const auto*, const auto&, const auto&, const auto& dy, auto& dx) const {
      dx = dy;
      ++*calls;
    }
  };
  template <Real S, Shape Inputs>
  Part<S, Inputs> make_part() const {
    return {calls};
  }
};

}  // namespace

TEST_CASE("a frozen layer has no gradient and no penalty, and the others have theirs") {
  auto frozen = sequential<double>(Dense<4, 6>{}, Tanh{}, Frozen{Dense<6, 5>{.l2 = 0.1}}, Tanh{},
                                   Dense<5, 2>{}, SoftmaxCrossEntropy{});
  auto same = sequential<double>(Dense<4, 6>{}, Tanh{}, Dense<6, 5>{}, Tanh{}, Dense<5, 2>{},
                                 SoftmaxCrossEntropy{});
  const auto batch = labeled(4, 150);  // several chunks
  const auto p = initial(frozen);
  CHECK(p == initial(same));
  Vector<double> with(p.size()), without(p.size());
  with.setConstant(7);
  CHECK(frozen.loss_and_gradient(p, batch, with) == same.loss_and_gradient(p, batch, without));
  constexpr Index before = 5 * 6, size = 7 * 5;
  CHECK(with.segment(before, size).isZero(0));
  without.segment(before, size).setZero();
  CHECK(with == without);
  REQUIRE(frozen.frozen().size() == 1);
  CHECK(frozen.frozen()[0].begin == before);
  CHECK(frozen.frozen()[0].size == size);
  CHECK(same.frozen().empty());
}

TEST_CASE("nothing is propagated below the lowest layer that trains") {
  int below = 0, above = 0;
  auto net = sequential<double>(Frozen{Dense<4, 6>{}}, Probe{&below}, Dense<6, 5>{}, Probe{&above},
                                Frozen{Dense<5, 2>{}}, SoftmaxCrossEntropy{});
  const auto p = initial(net);
  Vector<double> gradient(p.size());
  net.loss_and_gradient(p, labeled(4, 10), gradient);
  CHECK(below == 0);
  CHECK(above == 1);
}

TEST_CASE("frozen layers pass derivatives on as their function in prediction has them") {
  // The gradient of the first layer against differences, below frozen layers of each kind.
  auto net = sequential<double>(Image<4, 4, 1>{}, Conv2D<3, 3>{}, Tanh{}, Frozen{BatchNorm{}},
                                Frozen{Conv2D<2, 2>{}}, Flatten{}, Frozen{Dense<2, 2>{}},
                                SoftmaxCrossEntropy{});
  Vector<double> p = initial(net);
  constexpr Index first = 3 * 9 + 3;
  p.segment(first, 12) << 1.5, 0.5, -2, 0.1, 0.2, -0.3, 0.4, -0.2, 0.1, 2, 0.5, 1;
  const auto batch = labeled(16, 9);
  Vector<double> gradient(p.size()), ignored(p.size());
  const double loss = net.loss_and_gradient(p, batch, gradient);
  CHECK(gradient.tail(p.size() - first).isZero(0));
  CHECK(gradient.head(first).norm() > 0.01);
  double expected = 0;  // the loss of the predicted scores
  const Matrix<double> scores = net.predict(p, batch.features);
  for (Index i = 0; i < 9; ++i) expected -= std::log(scores(i % 2, i)) / 9;
  CHECK(loss == doctest::Approx(expected).epsilon(1e-12));
  for (Index i = 0; i < first; ++i) {
    constexpr double step = 1e-5;
    Vector<double> at = p;
    at[i] += step;
    const double above = net.loss_and_gradient(at, batch, ignored);
    at[i] -= 2 * step;
    const double below = net.loss_and_gradient(at, batch, ignored);
    CHECK(std::abs((above - below) / (2 * step) - gradient[i]) < 1e-8);
  }
}

TEST_CASE("a frozen layer is described as itself, but the settings of a run tell it apart") {
  const Sequential frozen{Frozen{Dense<4, 2>{.l2 = 0.5}}, SoftmaxCrossEntropy{}};
  const Sequential same{Dense<4, 2>{.l2 = 0.5}, SoftmaxCrossEntropy{}};
  CHECK(summary(frozen) == summary(same));
  CHECK(frozen.settings()[0].second == same.settings()[0].second + " frozen");
  CHECK(frozen.settings()[1] == same.settings()[1]);
}

TEST_CASE("settings of a frozen layer are checked") {
  CHECK_THROWS_WITH_AS((Sequential{Frozen{Dense<4, 2>{.l2 = -1}}, SoftmaxCrossEntropy{}}),
                       doctest::Contains("Dense::l2 = -1"), std::invalid_argument);
}
