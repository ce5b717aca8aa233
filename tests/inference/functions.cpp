// Activations and heads by themselves: their accuracy, and the absence of traps.

#include <tributary/inference/predictor.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cfenv>
#include <cmath>
#include <limits>

#include "inference/reference.hpp"

using namespace tributary;

namespace {

constexpr int width = 45;

/// The net that is one function of `width` numbers.
template <class S, class F>
auto net_of(const F& function) {
  if constexpr (Head<F>) {
    return sequential<S>(Image<1, width, 1>{}, function);
  } else {
    return sequential<S>(Image<1, width, 1>{}, function, MeanSquaredError{});
  }
}

/// From 1e-6 to 1e4 and the same below 0, and 0.
template <class S>
std::vector<S> of_all_sizes() {
  std::vector<S> x{0};
  for (int i = 0; i < width / 2; ++i) {
    x.push_back(static_cast<S>(std::pow(10.0, -6 + 10 * i / 21.0)));
    x.push_back(-x.back());
  }
  return x;
}

/// Units in the last place between a function and its definition, if they are normal numbers.
template <class S, class F>
double worst_error(const F& function, Simd instructions) {
  const auto net = net_of<S>(function);
  const Predictor<std::remove_const_t<decltype(net)>, Summation::fixed> predictor{
      reference::Trained<std::remove_const_t<decltype(net)>>{net, {}}, instructions};
  const std::vector<S> x = of_all_sizes<S>();
  std::vector<S> y(width);
  predictor.predict(x, y);
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double truth = reference::value(function, static_cast<double>(x[i]));
    const double unit = std::max<double>(std::numeric_limits<S>::min(),
                                         std::abs(truth) * std::numeric_limits<S>::epsilon());
    worst = std::max(worst, std::abs(static_cast<double>(y[i]) - truth) / unit);
  }
  return worst;
}

/// Traps, as a program of its user's may have it.
class Trapping {
 public:
  Trapping() { std::feclearexcept(FE_ALL_EXCEPT), feenableexcept(trapped); }
  Trapping(const Trapping&) = delete;
  Trapping& operator=(const Trapping&) = delete;
  ~Trapping() { fedisableexcept(trapped); }

 private:
  static constexpr int trapped = FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW;
};

}  // namespace

TEST_CASE_TEMPLATE("activations are right to a few units in the last place", S, float, double) {
  const auto check = [&](const auto& function) {
    reference::for_each_simd([&](Simd instructions) {
      const double error = worst_error<S>(function, instructions);
      CAPTURE(error);
      CHECK(error < 4);
    });
  };
  check(Relu{});
  check(LeakyRelu{});
  check(Elu{.alpha = 0.7});
  check(Tanh{});
  check(Sigmoid{});
  check(HardSigmoid{});
  check(Swish{});
  check(Softplus{});
  check(SigmoidCrossEntropy{});
}

TEST_CASE_TEMPLATE("numbers of any size cause no trap", S, float, double) {
  const auto check = [](const auto& function) {
    const auto net = net_of<S>(function);
    using Net = std::remove_const_t<decltype(net)>;
    const reference::Trained<Net> trained{net, {}};
    reference::for_each_simd([&](Simd instructions) {
      const Predictor<Net> predictor{trained, instructions};
      std::vector<S> x = of_all_sizes<S>(), y(width), all(width * 9);
      x[5] = std::numeric_limits<S>::max();
      x[6] = -std::numeric_limits<S>::max();
      x[7] = std::numeric_limits<S>::denorm_min();
      std::vector<S> many;
      for (int event = 0; event < 9; ++event) many.insert(many.end(), x.begin(), x.end());
      {
        const Trapping trapping;
        predictor.predict(x, y);
        predictor.predict_batch(many, all);
      }
      CHECK(std::all_of(y.begin(), y.end(), [](S score) { return std::isfinite(score); }));
      CHECK(std::equal(y.begin(), y.end(), all.end() - width));
    });
  };
  check(Relu{});
  check(LeakyRelu{});
  check(Elu{});
  check(Tanh{});
  check(Sigmoid{});
  check(HardSigmoid{});
  check(Swish{});
  check(Softplus{});
  check(SigmoidCrossEntropy{});
  check(Linear{});
}

TEST_CASE_TEMPLATE("scores of inputs × 1000 are right, and cause no trap", S, float, double) {
  const auto trained = reference::drawn(
      sequential<S>(Dense<20, 40>{}, Relu{}, Dense<40, 5>{}, SoftmaxCrossEntropy{}));
  const Predictor predictor{trained};
  const Trapping trapping;
  CHECK(reference::error(predictor, trained, 1000) < 1000 * (sizeof(S) == 4 ? 1e-6 : 1e-15));
}
