#include <doctest/doctest.h>

#include <locale>
#include <memory>
#include <optional>
#include <string>
#include <tributary/model/sequential.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/easgd.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/in_process.hpp>
#include <tuple>

using namespace tributary;

namespace {

/// Threads that meet first, and keep the fingerprint that processes would compare.
struct Meeting {
  InProcess threads = {};
  std::shared_ptr<Fingerprint> seen = std::make_shared<Fingerprint>();

  static constexpr bool supports(Schedule) noexcept { return true; }
  void validate() const {}
  Topology topology() const { return threads.topology(); }
  template <Real S>
  InProcess meet(const RunPlan& plan, const Vector<S>&) const {
    *seen = plan.fingerprint;
    return threads;
  }
};

Events some_events() {
  return {.features = Matrix<float>::Random(2, 8), .labels = {0, 1, 1, 0, 1, 0, 0, 1}};
}

template <class M>
Fingerprint fingerprint(const M& model, const Events& events) {
  const Meeting meeting;
  Trainer{model, meeting, Easgd{.period = 2}, Sgd{}}.train(events, {.batch_size = 2});
  return *meeting.seen;
}

template <class Activation = Relu>
auto net(double rate = 0.5, const Activation& activation = {}) {
  return Sequential{Dense<2, 3>{}, activation, Dropout{rate}, Dense<3, 2>{}, SoftmaxCrossEntropy{}};
}

namespace of_rule {
struct Mine {
  double rate;
};
}  // namespace of_rule
namespace of_optimizer {
struct Mine {
  int steps;
};
}  // namespace of_optimizer

/// An activation of a user's own.
struct Named : Linear {
  std::string first, second;
  constexpr auto fields() const { return std::tie(first, second); }
};

}  // namespace

TEST_CASE("processes of a run have the same rows") {
  const Events here = some_events();
  const Fingerprint hub = fingerprint(net(), here);
  CHECK(hub == fingerprint(net(), here));
  const auto differs = [&](const Events& there) {
    return difference(hub, "the hub", fingerprint(net(), there), "the worker")
        .value_or("")
        .substr(0, 30);
  };
  Events there = here;
  std::swap(there.labels[2], there.labels[3]);
  CHECK(differs(there) == "data labels: the hub has 1 x 8");
  there = here;
  there.features(1, 7) += 1;
  CHECK(differs(there) == "data features: the hub has 2 x");
  there = here;
  there.weights = Vector<float>::Ones(8);
  CHECK(differs(there) == "data weights: the hub has none");
  there = here;
  there.training_weights = Vector<float>::Ones(8);
  CHECK(differs(there) == "weights: the hub has no, the w");
}

TEST_CASE("processes of a run have the same labels and features, for any division of rows") {
  Events here = some_events();
  here.classes = {"b", "s"};
  here.feature_names = {"pt", "η"};
  Fingerprint hub = fingerprint(net(), here);
  const auto differs = [&](const Events& events) {
    Fingerprint other = fingerprint(net(), events);
    take_part(other);
    return difference(hub, "the hub", other, "the worker").value_or("");
  };
  take_part(hub);  // as for processes with different rows
  CHECK(differs(here) == "");
  Events there = here;
  there.classes = {"s", "b"};
  CHECK(differs(there) == "names of classes: the hub has b, s, the worker s, b");
  there = here;
  there.classes = {"b", "t"};
  CHECK(differs(there) == "names of classes: the hub has b, s, the worker b, t");
  there = here;
  std::swap(there.feature_names[0], there.feature_names[1]);
  CHECK(differs(there).substr(0, 58) ==
        "names of features: the hub has 2 names, checksum 19cb7760,");
  there = here;
  there.classes.clear();
  CHECK(differs(there) == "names of classes: the hub has b, s, the worker nothing");
  there = here;
  there.state = FeatureState::scaled;
  CHECK(differs(there) == "state of features: the hub has measured, the worker scaled");
  there.prepared_by = 0x8a9136aa;
  CHECK(differs(there) ==
        "state of features: the hub has measured, the worker scaled, checksum 8a9136aa");
  there = here;
  there.weights = Vector<float>::Ones(8);
  CHECK(differs(there) == "weights: the hub has no, the worker yes");
  there.training_weights = there.weights;
  CHECK(differs(there) == "weights: the hub has no, the worker training");
}

TEST_CASE("processes of a run have the same net") {
  const Events events = some_events();
  const Fingerprint hub = fingerprint(net(), events);
  const auto differs = [&](const auto& model) {
    return difference(hub, "the hub", fingerprint(model, events), "the worker").value_or("");
  };
  CHECK(differs(net(0.25)) ==
        "model layer 3: the hub has Dropout 3 rate 0.5, the worker Dropout 3 rate 0.25");
  CHECK(differs(net(0.5, Tanh{})) == "model layer 2: the hub has Relu 3, the worker Tanh 3");
  const auto decay =
      Sequential{Dense<2, 3>{.l2 = 0.01}, Relu{}, Dropout{}, Dense<3, 2>{}, SoftmaxCrossEntropy{}};
  CHECK(differs(decay) ==
        "model layer 1: the hub has Dense 3 initialization 0 l1 0 l2 0, the worker Dense 3 "
        "initialization 0 l1 0 l2 0.01");
}

TEST_CASE("a setting of the optimizer is none of a rule of the same name") {
  const auto policies = [](const auto& rule, const auto& optimizer) {
    Fingerprint print;
    for (const Settings& settings : detail::describe_policies(rule, optimizer))
      print.add(settings, "", 900);
    return print;
  };
  const Fingerprint hub = policies(of_rule::Mine{.rate = 1}, of_optimizer::Mine{.steps = 2});
  CHECK(hub.fields == Settings{{"rule", "Mine"},
                               {"Mine::rate", "1"},
                               {"optimizer", "Mine"},
                               {"optimizer Mine::steps", "2"}});
  const Fingerprint worker = policies(of_optimizer::Mine{.steps = 2}, of_rule::Mine{.rate = 1});
  CHECK(difference(hub, "the hub", worker, "the worker") ==
        "Mine::rate: the hub has 1, the worker nothing");
}

TEST_CASE("settings of a net do not depend on the program's global locale") {
  struct Grouping : std::numpunct<char> {
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
  };
  const auto settings = [] {
    return Sequential{Dense<2, 2000>{}, Relu{}, Dense<2000, 2>{}, SoftmaxCrossEntropy{}}.settings();
  };
  const Settings before = settings();
  const std::locale global = std::locale::global({std::locale::classic(), new Grouping});
  const Settings grouped = settings();
  std::locale::global(global);
  CHECK(grouped == before);
  CHECK(before[1].second == "Relu 2000");
}

TEST_CASE("texts of a layer with different spaces are distinguished") {
  const auto settings = [](const char* first, const char* second) {
    return net(0.5, Named{{}, first, second}).settings()[1].second;
  };
  CHECK(settings("a", "b") == "Named 3 first a second b");
  CHECK(settings("a b", "c") == "Named 3 first a\\ b second c");
  CHECK(settings("a", "b c") == "Named 3 first a second b\\ c");
}

TEST_CASE("windows of a net of images with the same shapes are distinguished") {
  const auto settings = [](const auto& pool) {
    return Sequential{Image<7, 7, 1>{}, pool, Flatten{}, Dense<9, 2>{}, SoftmaxCrossEntropy{}}
        .settings();
  };
  const Settings two = settings(MaxPool2D<2>{}), three = settings(MaxPool2D<3, 2>{});
  CHECK(two[1].second == "MaxPool2D 3 x 3 x 1 size 2 stride 2");
  CHECK(three[1].second == "MaxPool2D 3 x 3 x 1 size 3 stride 2");
}

TEST_CASE("the fingerprint is that of docs/protocol.md") {
  const Events events{.features = Matrix<float>::Ones(2, 8), .labels = std::vector<int>(8, 1)};
  std::string text;
  for (const auto& [name, value] : fingerprint(net(), events).fields)
    text += name + ": " + value + '\n';
  CHECK(text == R"(scalar: 32 bits
parameters: 17
model: Sequential
rows: 8
TrainOptions::epochs: 1
TrainOptions::batch_size: 2
TrainOptions::seed: 0
TrainOptions::data_placement: replicated
rule: Easgd
rule schedule: 1
Easgd::moving_rate: MovingRate
Easgd::moving_rate.value: 0.9
Easgd::moving_rate.per_worker: 1
Easgd::period: 2
Easgd::overlap: 1
optimizer: Sgd
Sgd::learning_rate: 0.01
model layer 1: Dense 3 initialization 0 l1 0 l2 0
model layer 2: Relu 3
model layer 3: Dropout 3 rate 0.5
model layer 4: Dense 2 initialization 0 l1 0 l2 0
model layer 5: SoftmaxCrossEntropy 2
data features: 2 x 8, checksum bfc78e0f
data labels: 1 x 8, checksum cf2a5637
data targets: none
data weights: none
state of features: measured
weights: no
)");
}
