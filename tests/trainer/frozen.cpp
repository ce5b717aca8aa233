#include <tributary/model/frozen.hpp>

#include <doctest/doctest.h>

#include <tributary/inference/saved_model.hpp>
#include <tributary/model/sequential.hpp>
#include <tributary/optimizer/adam_w.hpp>
#include <tributary/optimizer/clip_norm.hpp>
#include <tributary/optimizer/clipped.hpp>
#include <tributary/optimizer/nesterov.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/asynchronous_sgd.hpp>
#include <tributary/rule/dc_asgd.hpp>
#include <tributary/rule/diloco.hpp>
#include <tributary/rule/parameter_distance.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/trainer/warm_start.hpp>
#include <tributary/transport/in_process.hpp>
#include <tributary/transport/simulated.hpp>

#include "support/rules.hpp"

using namespace tributary;

namespace {

Events two_classes(Index size) {
  Events events;
  events.features.resize(3, size);
  Rng rng = Seed{5}.rng();
  for (Index i = 0; i < size; ++i) {
    events.labels.push_back(static_cast<int>(i % 2));
    for (Index k = 0; k < 3; ++k)
      events.features(k, i) = static_cast<float>(normal(rng)) + static_cast<float>(i % 2);
  }
  return events;
}

const Sequential net{Dense<3, 4>{}, Tanh{},         Frozen{Dense<4, 40>{}},
                     Tanh{},        Dense<40, 2>{}, SoftmaxCrossEntropy{}};
constexpr Index before = 4 * 4, size = 5 * 40, after = 41 * 2;

/// Numbers whose sums are rounded.
Vector<float> start() {
  return Vector<float>::LinSpaced(before + size + after, -0.7f, 0.9f).array().sin();
}

/// Notes whether the frozen parameters of a center have changed.
struct Guard {
  bool same = true;
  std::uint64_t merges = 0;
  void on(const Merged<float>& m) {
    ++merges;
    same = same && m.center.segment(before, size) == start().segment(before, size);
  }
};

template <class T, class R, class... O>
void keeps_frozen(const T& transport, const R& rule, const O&... optimizer) {
  const std::string name = plain_type_name<R>();
  CAPTURE(name);
  Guard guard;
  const auto trained = Trainer{net, transport, rule, optimizer...}.starting_from(start()).train(
      two_classes(99), {.epochs = 3, .batch_size = 8}, guard);
  CHECK(guard.merges > 0);
  CHECK(guard.same);
  for (const Vector<float>& member : trained.members) {
    CHECK(member.segment(before, size) == start().segment(before, size));
    CHECK(member.head(before) != start().head(before));
    CHECK(member.tail(after) != start().tail(after));
  }
}

template <class T>
void keeps_frozen_under_every_rule(const T& transport) {
  constexpr AdamW decays{.weight_decay = 0.1};
  keeps_frozen(transport, Averaging{.period = 2}, decays);
  keeps_frozen(transport, SynchronousSgd{}, decays);
  keeps_frozen(transport, SynchronousEasgd{}, decays);
  keeps_frozen(transport, DiLoCo{.period = 2}, decays);
  keeps_frozen(transport, Independent{.period = 2}, decays);
  keeps_frozen(transport, Easgd{.period = 2}, decays);
  keeps_frozen(transport, Easgd{.period = 2, .overlap = 1}, decays);
  keeps_frozen(transport, Eamsgd{.period = 2});
  keeps_frozen(transport, Downpour{.period = 2}, decays);
  keeps_frozen(transport, Adag{.period = 2}, decays);
  keeps_frozen(transport, DynSgd{.period = 2}, decays);
  keeps_frozen(transport, AsynchronousSgd{}, decays);
  keeps_frozen(transport, DcAsgd{});
  keeps_frozen(transport, ParameterDistance{.period = 2}, decays);
  keeps_frozen(transport, Ssp{}, decays);
  keeps_frozen(transport, Hogwild{}, decays);
}

}  // namespace

TEST_CASE("frozen parameters keep their bits under every rule, even with weight decay") {
  keeps_frozen_under_every_rule(InProcess{.workers = 3});
}

TEST_CASE("frozen parameters keep their bits in simulations") {
  keeps_frozen(Simulated{.workers = 3}, Averaging{.period = 2}, AdamW{.weight_decay = 0.1});
  keeps_frozen(Simulated{.workers = 3}, AsynchronousSgd{}, AdamW{.weight_decay = 0.1});
}

TEST_CASE("the other layers are trained as if the frozen one had zero gradient") {
  // One worker, plain steps clipped by norm: by hand, with a net without Frozen.
  const Events events = two_classes(24);
  const auto trained = Trainer{net, InProcess{}, Averaging{.period = 1},
                               Clipped{Sgd{.learning_rate = 0.5f}, ClipNorm{.max = 0.01f}}}
                           .starting_from(start())
                           .train(events, {.epochs = 3, .batch_size = 24});
  Sequential same{Dense<3, 4>{}, Tanh{},         Dense<4, 40>{},
                  Tanh{},        Dense<40, 2>{}, SoftmaxCrossEntropy{}};
  EventBatch<float> batch;
  batch.features = events.features;
  batch.labels = events.labels;
  Vector<float> at = start(), gradient(at.size());
  for (int step = 0; step < 3; ++step) {
    same.loss_and_gradient(at, batch, gradient);
    gradient.segment(before, size).setZero();
    at -= 0.5f * 0.01f / gradient.norm() * gradient;
  }
  CHECK((trained.parameters() - at).norm() < 1e-6f);
}

TEST_CASE("a frozen BatchNorm keeps the statistics of a warm start") {
  const Events events = two_classes(60);
  const Sequential thawed{Dense<3, 8>{}, BatchNorm{}, Tanh{}, Dense<8, 2>{}, SoftmaxCrossEntropy{}};
  const Sequential frozen{Frozen{Dense<3, 8>{}}, Frozen{BatchNorm{}}, Tanh{}, Dense<8, 2>{},
                          SoftmaxCrossEntropy{}};
  const auto first = Trainer{thawed, InProcess{}, Averaging{}, Sgd{}}.train(events, {.epochs = 2});
  const Trainer trainer{frozen, InProcess{.workers = 2}, Averaging{}, Sgd{}};
  const auto more = trainer.starting_from(first).train(two_classes(40), {.epochs = 2});
  constexpr Index body = 4 * 8 + 4 * 8;
  CHECK(more.parameters().head(body) == first.parameters().head(body));
  CHECK(more.parameters().tail(18) != first.parameters().tail(18));
  CHECK_THROWS_AS(trainer.train(events, {}), TrainingDiverged);  // without statistics
}

TEST_CASE("each member of an ensemble keeps its own frozen parameters") {
  const Trainer trainer{net, InProcess{.workers = 2}, Independent{}, AdamW{.weight_decay = 0.1}};
  const Events events = two_classes(60);
  const auto trained = trainer.train(events, {.epochs = 2, .seed = Seed{3}});
  for (const int rank : {0, 1}) {
    Vector<float> initial(net.parameter_count());
    Rng rng = Seed{3}.derive(Stream::initialization, rank).rng();
    net.initialize(initial, rng);
    const auto& member = trained.members[static_cast<std::size_t>(rank)];
    CHECK(member.segment(before, size) == initial.segment(before, size));
    CHECK(member.tail(after) != initial.tail(after));
  }
}
