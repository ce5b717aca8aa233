#include <tributary/optimizer/scheduled.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <tributary/optimizer/adam.hpp>
#include <tributary/optimizer/clip_norm.hpp>
#include <tributary/optimizer/clip_value.hpp>
#include <tributary/optimizer/cosine_decay.hpp>
#include <tributary/optimizer/nesterov.hpp>
#include <tributary/optimizer/plateau.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/optimizer/step_decay.hpp>
#include <tributary/optimizer/warm_up.hpp>
#include <type_traits>
#include <vector>

using namespace tributary;

namespace {

template <class O, class S>
constexpr bool takes_gradient = GradientStepper<StepperOf<O, S>, S>;
template <class O, class S>
constexpr bool asks_oracle = OracleStepper<StepperOf<O, S>, S>;

/// A user's own, which knows float only and has no learning rate.
struct SignStepper {
  void apply(View<float> parameters, View<float> gradient) const {
    parameters -= 0.5f * gradient.cwiseSign();
  }
};
struct SignDescent {
  SignStepper make_stepper(const Vector<float>&) const { return {}; }
  void validate() const {}
};

template <Real S>
struct Slope {  ///< f = 3 x, and how often it was asked.
  int* calls;
  Loss operator()(ConstView<S> at, View<S> gradient) const {
    ++*calls;
    gradient.setConstant(3);
    return 3 * static_cast<Loss>(at[0]);
  }
};

}  // namespace

TEST_CASE("wrappers nest, and can run at the center unless they need the loss") {
  using Decaying = decltype(Scheduled{Adam{}, WarmUp{.steps = 10, .after = CosineDecay{100}}});
  static_assert(LocalOptimizer<Decaying, float> && LocalOptimizer<Decaying, double>);
  static_assert(takes_gradient<Decaying, float> && !asks_oracle<Decaying, float>);

  using ByLoss = decltype(Scheduled{Clipped{Nesterov{}, ClipNorm{}}, Plateau{.every = 10}});
  static_assert(LocalOptimizer<ByLoss, float> && LocalOptimizer<ByLoss, double>);
  static_assert(!takes_gradient<ByLoss, float> && asks_oracle<ByLoss, float>);

  using ClippedLast = decltype(Clipped{Scheduled{Sgd{}, Plateau{.every = 10}}, ClipValue{}});
  static_assert(!takes_gradient<ClippedLast, double> && asks_oracle<ClippedLast, double>);

  using Both = decltype(Clipped{Scheduled{Nesterov{}, StepDecay{10}}, ClipValue{}});
  static_assert(takes_gradient<Both, float> && asks_oracle<Both, float>);

  using Own = decltype(Clipped{SignDescent{}, ClipNorm{}});
  static_assert(LocalOptimizer<Own, float> && !LocalOptimizer<Own, double>);
}

TEST_CASE_TEMPLATE("each step is taken with the learning rate of that step", S, float, double) {
  Vector<S> x = Vector<S>::Zero(3), g = Vector<S>::Ones(3);
  auto stepper =
      Scheduled{Sgd{.learning_rate = 0.5}, StepDecay{.every = 2, .rate = 0.5}}.make_stepper(x);
  std::vector<double> steps;
  for (int i = 0; i < 5; ++i) {
    const S before = x[0];
    stepper.apply(x, g);
    steps.push_back(static_cast<double>(before - x[0]));
  }
  CHECK(steps == std::vector{0.5, 0.5, 0.25, 0.25, 0.125});
}

TEST_CASE("the factors of nested schedules multiply") {
  Vector<double> x = Vector<double>::Zero(3), g = Vector<double>::Ones(3);
  auto stepper =
      Scheduled{Scheduled{Sgd{1.0}, StepDecay{.every = 1, .rate = 0.5}}, WarmUp{4}}.make_stepper(x);
  for (int i = 0; i < 3; ++i) stepper.apply(x, g);
  CHECK(x[0] == -(0.25 * 1 + 0.5 * 0.5 + 0.75 * 0.25));
}

TEST_CASE_TEMPLATE("an oracle stepper is scheduled too, and asks for one gradient a step", S, float,
                   double) {
  int calls = 0;
  Vector<S> x = Vector<S>::Zero(3), plain_x = x, scratch(3);
  auto stepper = Scheduled{Nesterov{0.5, 0.5}, StepDecay{.every = 1, .rate = 0.5}}.make_stepper(x);
  auto plain = Nesterov{0.5, 0.5}.make_stepper(x);
  for (const double rate : {0.5, 0.25, 0.125}) {
    plain.learning_rate = static_cast<S>(rate);
    const Loss expected = plain.step(plain_x, Slope<S>{&calls});
    CHECK(take_step<S>(stepper, x, Slope<S>{&calls}, scratch) == expected);
    CHECK(x[0] == plain_x[0]);
  }
  CHECK(calls == 6);
}

TEST_CASE_TEMPLATE("a plateau of the loss lowers the learning rate", S, float, double) {
  const auto flat = [](ConstView<S>, View<S> gradient) -> Loss {
    gradient.setOnes();
    return 2;
  };
  Vector<S> x = Vector<S>::Zero(3), scratch(3);
  auto stepper =
      Scheduled{Sgd{1.0}, Plateau{.every = 2, .threshold = 0, .factor = 0.25}}.make_stepper(x);
  for (int i = 0; i < 7; ++i) CHECK(take_step<S>(stepper, x, flat, scratch) == 2);
  CHECK(x[0] == -(1 + 1 + 1 + 1 + 0.25 + 0.25 + 0.0625));
}

TEST_CASE("a stepper whose position is set takes the rates from there, through every wrapper") {
  Vector<double> x = Vector<double>::Zero(3), g = Vector<double>::Ones(3);
  const Scheduled both{Scheduled{Sgd{1.0}, StepDecay{.every = 1, .rate = 0.5}}, WarmUp{8}};
  auto stepper = Clipped{both, ClipValue{}}.make_stepper(x);
  static_assert(FollowsSteps<decltype(stepper)> && !FollowsSteps<StepperOf<Nesterov, double>>);
  set_step(stepper, 5);
  stepper.apply(x, g);
  CHECK(x[0] == -6.0 / 8 / 32);
  set_step(stepper, 1);
  x.setZero();
  stepper.apply(x, g);
  CHECK(x[0] == -2.0 / 8 / 2);
}

TEST_CASE("a plateau compares its number of losses, for any positions of the steps") {
  auto state = Plateau{.every = 2, .threshold = 0, .factor = 0.5}.make_state();
  for (const std::uint64_t step : {0u, 7u, 9u, 100u, 3u}) state.observe(step, 2);
  CHECK(state.factor(4) == 0.5);  // two of two losses each, and one more
}

TEST_CASE("a run does not change the settings: every stepper begins anew") {
  const Scheduled optimizer{Sgd{1.0}, Plateau{.every = 1, .threshold = 100}};
  const auto run = [&] {
    Vector<double> x = Vector<double>::Zero(3);
    auto stepper = optimizer.make_stepper(x);
    int calls = 0;
    for (int i = 0; i < 4; ++i) stepper.step(x, Slope<double>{&calls});
    return x[0];
  };
  const double first = run();
  CHECK(first == doctest::Approx(-3 * (1 + 1 + 0.1 + 0.01)));
  CHECK(run() == first);
}

TEST_CASE("a wrapper validates both of its parts") {
  CHECK_THROWS_WITH_AS((Scheduled{Sgd{-1.0}, StepDecay{1}}.validate()),
                       "Sgd::learning_rate = -1, must be positive", std::invalid_argument);
  CHECK_THROWS_WITH_AS((Scheduled{Sgd{}, StepDecay{}}.validate()),
                       "StepDecay::every = 0, must be at least 1", std::invalid_argument);
  CHECK_NOTHROW((Scheduled{Sgd{}, StepDecay{1}}.validate()));
}
