#include <tributary/core/serialize.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <span>
#include <tributary/core/random.hpp>
#include <tributary/optimizer/adadelta.hpp>
#include <tributary/optimizer/adagrad.hpp>
#include <tributary/optimizer/adam.hpp>
#include <tributary/optimizer/adam_w.hpp>
#include <tributary/optimizer/adamax.hpp>
#include <tributary/optimizer/clip_norm.hpp>
#include <tributary/optimizer/clip_value.hpp>
#include <tributary/optimizer/constant.hpp>
#include <tributary/optimizer/cosine_decay.hpp>
#include <tributary/optimizer/exponential_decay.hpp>
#include <tributary/optimizer/momentum.hpp>
#include <tributary/optimizer/nadam.hpp>
#include <tributary/optimizer/nesterov.hpp>
#include <tributary/optimizer/plateau.hpp>
#include <tributary/optimizer/rms_prop.hpp>
#include <tributary/optimizer/scheduled.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/optimizer/step_decay.hpp>
#include <tributary/optimizer/warm_up.hpp>
#include <tributary/rule/asynchronous_sgd.hpp>
#include <tributary/rule/synchronous_sgd.hpp>
#include <vector>

using namespace tributary;

namespace {

constexpr Index size = 37;

Vector<float> noise(Rng& rng) {
  Vector<float> x(size);
  for (float& each : x) each = static_cast<float>(normal(rng));
  return x;
}

std::vector<std::byte> saved(const auto& half) {
  std::vector<std::byte> bytes;
  save_state(bytes, half);
  return bytes;
}

void goes_on_as_the_saved_one(const auto& rule, const auto& optimizer) {
  Rng rng = Seed{2}.rng();
  auto original = make_center_half<float>(rule, noise(rng), 2, optimizer);
  Vector<float> center = noise(rng), reply(size);
  const auto merge = [&](auto& half, View<float> parameters) {
    Rng commits = Seed{3}.rng();
    for (int i = 0; i < 5; ++i)
      half.merge(parameters, noise(commits), {.contributors = 1 + i % 2}, reply);
  };
  merge(original, center);

  auto restored = make_center_half<float>(rule, Vector<float>::Zero(size).eval(), 2, optimizer);
  const std::vector<std::byte> bytes = saved(original);
  std::span<const std::byte> rest = bytes;
  REQUIRE(restore_state(rest, restored));
  CHECK(rest.empty());
  CHECK(saved(restored) == bytes);

  Vector<float> same = center;
  merge(original, center);
  merge(restored, same);
  CHECK(same == center);
  CHECK(saved(restored) == saved(original));
}

void goes_on_at_the_center(const auto& optimizer) {
  goes_on_as_the_saved_one(SynchronousSgd{}, optimizer);
  goes_on_as_the_saved_one(AsynchronousSgd{}, optimizer);
}

}  // namespace

TEST_CASE("a restored optimizer at the center goes on as the saved one, bit for bit") {
  goes_on_at_the_center(Sgd{});
  goes_on_at_the_center(Momentum{});
  goes_on_at_the_center(Nesterov{});
  goes_on_at_the_center(Adagrad{});
  goes_on_at_the_center(RmsProp{});
  goes_on_at_the_center(Adadelta{});
  goes_on_at_the_center(Adam{});
  goes_on_at_the_center(AdamW{});
  goes_on_at_the_center(Adamax{});
  goes_on_at_the_center(Nadam{});
  goes_on_at_the_center(Clipped{Momentum{}, ClipNorm{.max = 0.5}});
  goes_on_at_the_center(Clipped{Clipped{Adam{}, ClipValue{}}, ClipNorm{}});
}

TEST_CASE("a restored learning rate at the center goes on as the saved one, bit for bit") {
  goes_on_at_the_center(Scheduled{Sgd{}, Constant{}});
  goes_on_at_the_center(Scheduled{Adam{}, WarmUp{7, CosineDecay{.steps = 9}}});
  goes_on_at_the_center(Scheduled{Clipped{Momentum{}, ClipNorm{}}, ExponentialDecay{.steps = 3}});
  goes_on_at_the_center(Scheduled{Scheduled{Sgd{}, WarmUp{7}}, StepDecay{.every = 6}});
}

TEST_CASE("a restored worker's learning rate goes on as the saved one, bit for bit") {
  const Scheduled optimizer{Sgd{}, WarmUp{2, Plateau{.every = 2, .threshold = 100}}};
  const Vector<float> start = Vector<float>::Ones(size);
  auto original = optimizer.make_stepper(start), restored = original;
  const auto oracle = [](ConstView<float> at, View<float> gradient) {
    gradient = at;
    return Loss{at.squaredNorm()};
  };
  Vector<float> x = start;
  for (int i = 0; i < 7; ++i) original.step(x, oracle);
  std::vector<std::byte> bytes = saved(original);
  CHECK(bytes != saved(restored));
  std::span<const std::byte> rest = bytes;
  CHECK(restore_state(rest, restored));
  Vector<float> y = x;
  for (int i = 0; i < 7; ++i) {
    original.step(x, oracle);
    restored.step(y, oracle);
  }
  CHECK(x == y);
  CHECK(saved(original) == saved(restored));
}
