#include <tributary/optimizer/learning_rate_schedule.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <tributary/optimizer/constant.hpp>
#include <tributary/optimizer/cosine_decay.hpp>
#include <tributary/optimizer/exponential_decay.hpp>
#include <tributary/optimizer/plateau.hpp>
#include <tributary/optimizer/step_decay.hpp>
#include <tributary/optimizer/warm_up.hpp>

using namespace tributary;
using doctest::Approx;

TEST_CASE("the schedules that depend on the step only have their values") {
  CHECK(Constant{}.factor(0) == 1);
  CHECK(Constant{}.factor(1'000'000) == 1);

  const StepDecay steps{.every = 10, .rate = 0.5};
  CHECK(steps.factor(0) == 1);
  CHECK(steps.factor(9) == 1);
  CHECK(steps.factor(10) == 0.5);
  CHECK(steps.factor(39) == 0.125);

  const ExponentialDecay exponential{.steps = 10, .rate = 0.25};
  CHECK(exponential.factor(0) == 1);
  CHECK(exponential.factor(5) == Approx(0.5));
  CHECK(exponential.factor(20) == Approx(0.0625));

  const CosineDecay cosine{.steps = 90, .floor = 0.2};
  CHECK(cosine.factor(0) == 1);
  CHECK(cosine.factor(30) == Approx(0.8));  // cos 60° = ½
  CHECK(cosine.factor(45) == Approx(0.6));
  CHECK(cosine.factor(90) == Approx(0.2));
  CHECK(cosine.factor(1000) == Approx(0.2));
}

TEST_CASE("a warm-up rises in equal parts to 1, then the schedule after it begins") {
  const WarmUp warm_up{.steps = 4, .after = StepDecay{.every = 3, .rate = 0.5}};
  CHECK(warm_up.factor(0) == 0.25);
  CHECK(warm_up.factor(1) == 0.5);
  CHECK(warm_up.factor(3) == 1);
  CHECK(warm_up.factor(4) == 1);
  CHECK(warm_up.factor(6) == 1);
  CHECK(warm_up.factor(7) == 0.5);
  CHECK(WarmUp{5}.factor(100) == 1);
  CHECK(WarmUp{0}.factor(0) == 1);
}

TEST_CASE("a plateau lowers the rate when the mean loss of a span is that of the span before") {
  auto plateau = Plateau{.every = 2, .threshold = 0.25, .factor = 0.5}.make_state();
  std::uint64_t step = 0;
  const auto factor_after = [&](double first, double second) {
    plateau.observe(step++, first);
    plateau.observe(step++, second);
    return plateau.factor(step);
  };
  CHECK(factor_after(4, 6) == 1);        // 5, and nothing before
  CHECK(factor_after(3, 3) == 1);        // 5 to 3
  CHECK(factor_after(2.5, 3) == 0.5);    // 3 to 2.75: just the threshold
  CHECK(factor_after(3, 3) == 0.25);     // 2.75 to 3: a small rise counts too
  CHECK(factor_after(9, 9) == 0.25);     // a large one does not
  CHECK(factor_after(8.9, 9) == 0.125);  // 9 to 8.95
}

TEST_CASE("a plateau after a warm-up does not see the losses of the warm-up") {
  auto state = start_schedule(
      WarmUp{.steps = 3, .after = Plateau{.every = 2, .threshold = 0.1, .factor = 0.5}});
  static_assert(ObservesLoss<decltype(state)>);
  std::uint64_t step = 0;
  for (; step < 3; ++step) state.observe(step, 7);
  CHECK(state.factor(1) == Approx(2.0 / 3));
  for (; step < 5; ++step) state.observe(step, 7);
  CHECK(state.factor(step) == 1);
  for (; step < 7; ++step) state.observe(step, 7);
  CHECK(state.factor(step) == 0.5);
}

namespace {
struct InverseRoot {
  double factor(std::uint64_t step) const { return 1 / std::sqrt(1.0 + static_cast<double>(step)); }
  void validate() const {}
};
struct NoValidate {
  double factor(std::uint64_t) const { return 1; }
};
}  // namespace

TEST_CASE("a user's own schedule is a factor and a validate") {
  static_assert(LearningRateSchedule<InverseRoot> && LearningRateSchedule<WarmUp<InverseRoot>>);
  static_assert(!LearningRateSchedule<NoValidate> && !LearningRateSchedule<int>);
  static_assert(!ObservesLoss<InverseRoot> && !ObservesLoss<WarmUp<InverseRoot>>);
  CHECK(WarmUp{.steps = 2, .after = InverseRoot{}}.factor(5) == 0.5);
}

TEST_CASE("a schedule's validate names the field, its value and the expected range") {
  const auto message = [](const auto& schedule) -> std::string {
    try {
      schedule.validate();
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  CHECK(message(StepDecay{}) == "StepDecay::every = 0, must be at least 1");
  CHECK(message(StepDecay{.every = 1, .rate = 1.5}) == "StepDecay::rate = 1.5, must be in (0, 1]");
  CHECK(message(ExponentialDecay{}) == "ExponentialDecay::steps = 0, must be at least 1");
  CHECK(message(ExponentialDecay{.steps = 1, .rate = 0}) ==
        "ExponentialDecay::rate = 0, must be in (0, 1]");
  CHECK(message(CosineDecay{}) == "CosineDecay::steps = 0, must be at least 1");
  CHECK(message(CosineDecay{.steps = 1, .floor = -1}) ==
        "CosineDecay::floor = -1, must be in [0, 1]");
  CHECK(message(Plateau{}) == "Plateau::every = 0, must be at least 1");
  CHECK(message(Plateau{.every = 1, .threshold = -1}) ==
        "Plateau::threshold = -1, must be zero or positive");
  CHECK(message(Plateau{.every = 1, .factor = 1}) == "Plateau::factor = 1, must be in (0, 1)");
  CHECK(message(WarmUp{.steps = 9, .after = StepDecay{}}) ==
        "StepDecay::every = 0, must be at least 1");
  CHECK(message(WarmUp{.steps = 9, .after = CosineDecay{.steps = 1}}) == "");
}
