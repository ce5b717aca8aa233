#include <tributary/trainer/warm_start.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <stdexcept>
#include <stop_token>

#include "support/problems.hpp"

#include <tributary/inference/saved_model.hpp>
#include <tributary/model/sequential.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/rule/independent.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/in_process.hpp>
#include <tributary/transport/simulated.hpp>

using namespace tributary;
using namespace tributary::test;

namespace {

/// Two classes of events with three features.
Events two_classes(std::size_t count) {
  Events events;
  const auto size = static_cast<Index>(count);
  events.features.resize(3, size);
  Rng rng = Seed{5}.rng();
  for (Index i = 0; i < size; ++i) {
    events.labels.push_back(static_cast<int>(i % 2));
    for (Index k = 0; k < 3; ++k)
      events.features(k, i) = static_cast<float>(normal(rng)) + static_cast<float>(i % 2);
  }
  return events;
}

TrainOptions stopped() {
  std::stop_source source;
  source.request_stop();
  return {.seed = Seed{9}, .stop = source.get_token()};
}

const Sequential net{Dense<3, 40>{}, Tanh{}, Dense<40, 2>{}, SoftmaxCrossEntropy{}};
const auto count = net.parameter_count();
Vector<float> ramp(Index size) { return Vector<float>::LinSpaced(size, -1, 1); }

}  // namespace

TEST_CASE("a warm start begins at the given parameters, on every transport in a process") {
  const Events events = two_classes(60);
  const auto begins = [&](const auto& transport) {
    const Trainer trainer{net, transport, Averaging{}, Sgd{}};
    CHECK(trainer.starting_from(ramp(count)).train(events, stopped()).parameters() == ramp(count));
    const SavedModel saved{net, ramp(count)};
    CHECK(trainer.starting_from(saved).train(events, stopped()).parameters() == ramp(count));
    const Trained trained{net, {ramp(count)}, {}};
    CHECK(trainer.starting_from(trained).train(events, stopped()).parameters() == ramp(count));
    CHECK(trainer.train(events, stopped()).parameters() != ramp(count));
  };
  begins(InProcess{.workers = 2});
  begins(Simulated{.workers = 2});
}

TEST_CASE("gradient descent that is continued gives the same numbers as without a break") {
  // 1 step an epoch of f(x) = x²/2 from 1 by steps of 0.25: each epoch multiplies x by 0.75.
  const Trainer trainer{NoisyQuadratic{}, InProcess{}, Averaging{.period = 1},
                        Sgd{.learning_rate = 0.25}};
  const auto first = trainer.train(Noise{.rows = 1}, {.epochs = 3, .batch_size = 1});
  CHECK(first.parameters()[0] == 0.421875);
  const auto more =
      trainer.starting_from(first).train(Noise{.rows = 1}, {.epochs = 2, .batch_size = 1});
  CHECK(more.parameters()[0] == 0.2373046875);
}

TEST_CASE("the first layers of another net keep their parameters, and the others are new") {
  const Events events = two_classes(60);
  const Sequential wide{Dense<3, 40>{.l2 = 0.1}, Tanh{}, Dense<40, 7>{}, Relu{}, Dense<7, 2>{},
                        MeanSquaredError{}};
  const SavedModel saved{wide, ramp(wide.parameter_count())};
  const Trainer trainer{net, InProcess{}, Averaging{}, Sgd{}};
  const auto started =
      trainer.starting_from(saved, {.layers = 2}).train(events, stopped()).parameters();
  const auto fresh = trainer.train(events, stopped()).parameters();
  constexpr Index first = 3 * 40 + 40;
  CHECK(started.head(first) == saved.parameters.head(first));
  CHECK(started.tail(count - first) == fresh.tail(count - first));
  CHECK(started.head(first) != fresh.head(first));
}

TEST_CASE("layers that do not match are named, with those that were expected") {
  const Trainer trainer{net, InProcess{}, Averaging{}, Sgd{}};
  const auto refused = [&](const auto& other, WarmStart how, const char* message) {
    const SavedModel saved{other, ramp(other.parameter_count())};
    CHECK_THROWS_WITH_AS(trainer.starting_from(saved, how), doctest::Contains(message),
                         std::invalid_argument);
  };
  refused(Sequential{Dense<3, 40>{}, Relu{}, Dense<40, 2>{}, SoftmaxCrossEntropy{}}, {},
          "warm start: layer 2 = 40 inputs, Relu 40, must be 40 inputs, Tanh 40; WarmStart::layers "
          "= 1 takes");
  refused(Sequential{Dense<4, 40>{}, Tanh{}, Dense<40, 2>{}, SoftmaxCrossEntropy{}}, {},
          "warm start: layer 1 = 4 inputs, Dense 40");
  refused(Sequential{Dense<3, 40>{}, Tanh{}, SoftmaxCrossEntropy{}}, {},
          "warm start: layer 3 = none, must be 40 inputs, Dense 2");
  refused(Sequential{Dense<3, 40>{}, Tanh{}, Dense<40, 2>{}, Relu{}, SoftmaxCrossEntropy{}}, {},
          "warm start: layer 4 = 2 inputs, Relu 2, must be none");
  refused(Sequential{Dense<3, 40>{}, Tanh{}, Dense<40, 3>{}, SoftmaxCrossEntropy{}}, {.layers = 3},
          "warm start: layer 3 = 40 inputs, Dense 3");
  refused(net, {.layers = 4}, "WarmStart::layers = 4, must be in [1, 3]");
  refused(net, {.layers = 0}, "WarmStart::layers = 0, must be in [1, 3]");
}

TEST_CASE("a warm start refuses other sizes and numbers that are not finite") {
  const Trainer trainer{net, InProcess{}, Averaging{}, Sgd{}};
  CHECK_THROWS_WITH_AS(trainer.starting_from(ramp(count - 1)),
                       "warm start: number of parameters = 241, must be 242",
                       std::invalid_argument);
  Vector<float> parameters = ramp(count);
  parameters[170] = std::numeric_limits<float>::quiet_NaN();  // after the 160 of the first layer
  CHECK_THROWS_WITH_AS(trainer.starting_from(parameters),
                       "warm start: parameter 170 of layer 3 = nan, must be finite",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(trainer.starting_from(SavedModel{net, parameters}),
                       doctest::Contains("parameter 170 of layer 3"), std::invalid_argument);
}

TEST_CASE("an ensemble continues with its members, and a single model with copies of it") {
  const Events events = two_classes(60);
  const Trainer trainer{net, InProcess{.workers = 2}, Independent{}, Sgd{.learning_rate = 0.01f}};
  const TrainOptions options{.batch_size = 30};
  const auto two = trainer.train(events, options);
  const auto moved = [&](const auto& from, const auto& to) { return (from - to).norm(); };
  const auto more = trainer.starting_from(two).train(events, options);
  REQUIRE(more.members.size() == 2);
  for (const std::size_t i : {0u, 1u}) {
    CHECK(moved(more.members[i], two.members[i]) > 0);
    CHECK(moved(more.members[i], two.members[i]) < 0.1);
    CHECK(moved(more.members[i], two.members[1 - i]) > 1);
  }
  const auto copies = trainer.starting_from(two.members[0]).train(events, options);
  CHECK(moved(copies.members[1], two.members[0]) < 0.1);

  const Trainer three{net, InProcess{.workers = 3}, Independent{}, Sgd{}};
  CHECK_THROWS_WITH_AS(three.starting_from(two).train(events, options),
                       "warm start: members of the ensemble = 2, must be 1 or 3, one for each "
                       "worker",
                       std::invalid_argument);
  const Trainer one{net, InProcess{.workers = 2}, Averaging{}, Sgd{}};
  CHECK_THROWS_WITH_AS(
      one.starting_from(two),
      "warm start: Trained::members = 2, must be 1, as this rule trains a single model",
      std::invalid_argument);
  auto elsewhere = more;
  elsewhere.members_elsewhere = 1;
  CHECK_THROWS_WITH_AS(trainer.starting_from(elsewhere),
                       doctest::Contains("Trained::members_elsewhere = 1"), std::invalid_argument);
}

TEST_CASE("statistics of an earlier training are not those of a center that trains on") {
  const Sequential normed{Dense<3, 8>{}, BatchNorm{}, Tanh{}, Dense<8, 2>{}, SoftmaxCrossEntropy{}};
  const Events events = two_classes(60);
  const Trainer trainer{normed, InProcess{}, Averaging{.period = 1}, Sgd{}};
  const auto first = trainer.train(events, {.epochs = 2});
  struct Watch {
    const decltype(normed)& net;
    const Events& events;
    bool nan = false;
    void on(const Merged<float>& m) {
      nan = net.predict(m.center, events.features).array().isNaN().all();
    }
  } watch{normed, events};
  const auto more = trainer.starting_from(first).train(events, {.epochs = 1}, watch);
  CHECK(watch.nan);
  CHECK(normed.predict(more.parameters(), events.features).allFinite());
}
