// Nets of images, and of layers that are not the library's.

#include <tributary/inference/predictor.hpp>

#include <doctest/doctest.h>

#include "inference/reference.hpp"

using namespace tributary;

namespace {

template <class S, class... Elements>
void check(const Elements&... elements) {
  const auto trained = reference::drawn(sequential<S>(elements...));
  using Net = decltype(trained.model);
  const double tolerance = std::same_as<S, float> ? 1e-5 : 1e-14;
  reference::for_each_simd([&](Simd instructions) {
    CAPTURE(static_cast<int>(instructions));
    const Predictor<Net, Summation::fixed> predictor{trained, instructions};
    CHECK(reference::error(predictor, trained) < tolerance);
  });
}

/// Twice the numbers, in the opposite order.
template <Real S, Shape Inputs>
struct ReversedPart {
  static constexpr Shape outputs{Index{Inputs}};
  static constexpr Index parameter_count = 1;
  void initialize(S* p, Rng&) const { *p = 2; }
  void forward(const S* p, const auto& x, auto& y) const { y = *p * x.colwise().reverse(); }
  void propagate(const S*, const auto&, const auto&, const auto& dy, auto& dx) const { dx = dy; }
  Loss gradient(const S*, const auto&, const auto&, S*) const { return 0; }
};
struct Reversed {
  template <Real S, Shape Inputs>
  ReversedPart<S, Inputs> make_part() const {
    return {};
  }
};
struct Softsign {
  double scale = 1;
  auto value(const auto& x) const { return x / (1 + abs(x)); }
  auto derivative(const auto& x, const auto&) const { return 1 / square(1 + abs(x)); }
};
/// Scores are the outputs above a threshold.
struct Threshold : MeanSquaredError {
  double threshold = 0.5;
  template <Real S>
  void activate(std::span<S> z) const noexcept {
    for (S& value : z) value -= static_cast<S>(threshold);
  }
};

double value(const Softsign&, double x) { return x / (1 + std::abs(x)); }
double value(const Threshold& head, double x) { return x - head.threshold; }

reference::Numbers apply(const Reversed&, Shape, Shape, const reference::Numbers& p,
                         reference::Numbers x) {
  std::reverse(x.begin(), x.end());
  for (double& number : x) number *= p[0];
  return x;
}

}  // namespace

TEST_CASE_TEMPLATE("a net of images predicts as defined", S, float, double) {
  check<S>(Image<9, 8, 3>{}, Conv2D<5, 3>{}, BatchNorm{}, Relu{}, MaxPool2D<2>{}, Flatten{},
           Dense<45, 4>{}, SoftmaxCrossEntropy{});
  check<S>(Image<7, 6, 2>{}, Conv2D<40, 3, 2, Padding::same>{}, Tanh{}, AveragePool2D<2, 1>{},
           Flatten{}, Dense<240, 3>{}, MeanAbsoluteError{});
}

TEST_CASE("a net may begin with a pool or an activation, and end without a dense layer") {
  check<double>(Image<5, 7, 3>{}, MaxPool2D<3, 2>{}, Softplus{}, Conv2D<1, 2, 1, Padding::same>{},
                MeanSquaredError{});
  check<float>(Image<3, 11, 1>{}, BatchNorm{}, Sigmoid{}, AveragePool2D<3>{},
               SigmoidCrossEntropy{});
}

TEST_CASE("a user's own layers and heads use their own parts") {
  check<float>(Dense<6, 37>{}, Softsign{}, Reversed{}, Dense<37, 20>{}, Relu{}, Reversed{},
               Threshold{});
}
