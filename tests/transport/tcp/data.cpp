#include "transport/tcp/processes.hpp"

#include "support/problems.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <tributary/codec/top_k.hpp>
#include <tributary/model/sequential.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/tcp.hpp>
#include <vector>

using namespace tributary;
using namespace tributary::test;

namespace {

struct Place {
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("tributary_data_" + std::to_string(::getpid()));
  Place() { std::filesystem::create_directory(folder); }
  Place(Place&&) = delete;
  ~Place() { std::filesystem::remove_all(folder); }
};

template <class T = Tcp>
auto train(const T& tcp, const BasicEvents<float>& data, int period = 2) {
  return Trainer{LinearModel<float>{}, tcp, Downpour{.period = period}, Sgd{.learning_rate = 0.03}}
      .train(data, {.batch_size = 8});
}
/// The message of its exception.
template <class Error, class T = Tcp>
std::string problem_with(const T& tcp, const BasicEvents<float>& data, int period = 2) {
  try {
    train(tcp, data, period);
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("a worker whose rows differ from the hub's is refused, with the difference") {
  const Place place;
  const std::string address = "unix:" + (place.folder / "hub").string();
  const BasicEvents<float> data = line<float>(64);
  BasicEvents<float> other = data;
  other.targets(0, 63) += 1;
  std::jthread hub{[&] { train({.address = address, .workers = 1}, data); }};
  const Tcp worker{.role = Tcp::worker, .address = address};
  CHECK(problem_with<TcpError>(worker, other)
            .starts_with("Tcp: the hub at " + address +
                         " has refused this worker: data targets: the hub has 1 x 64, "
                         "checksum "));
  CHECK_NOTHROW(train(worker, data));
}

TEST_CASE("a worker of another rule or codec is refused by the name of the setting") {
  const Place place;
  const std::string address = "unix:" + (place.folder / "hub").string();
  const BasicEvents<float> data = line<float>(64);
  std::jthread hub{[&] {
    train(BasicTcp<TopK>{.address = address, .workers = 1, .codec = {.fraction = 0.5}}, data);
  }};
  BasicTcp<TopK> worker{.role = Tcp::worker, .address = address, .codec = {.fraction = 0.5}};
  const std::string refused = "Tcp: the hub at " + address + " has refused this worker: ";
  CHECK(problem_with<TcpError>(worker, data, 3) ==
        refused + "Downpour::period: the hub has 2, the worker 3");
  worker.codec.fraction = 0.25;
  CHECK(problem_with<TcpError>(worker, data) ==
        refused + "Tcp::codec.fraction: the hub has 0.5, the worker 0.25");
  worker.codec.fraction = 0.5;
  CHECK_NOTHROW(train(worker, data));
}

TEST_CASE("a checkpoint of a finished run is refused for other labels or more workers") {
  const Place place;
  Tcp hub{.address = "127.0.0.1:0",
          .workers = 1,
          .local_workers = 1,
          .checkpoint = place.folder / "checkpoint"};
  const BasicEvents<float> data = line<float>(64);
  const auto trained = train(hub, data);
  CHECK(train(hub, data).parameters() == trained.parameters());
  BasicEvents<float> other = data;
  other.targets = -data.targets;
  const std::string file = hub.checkpoint.string() + ": is a checkpoint of another run: ";
  CHECK(problem_with<FileError>(hub, other)
            .starts_with(file + "data targets: this run has 1 x 64, checksum "));
  CHECK(problem_with<FileError>(hub, data, 3) ==
        file + "Downpour::period: this run has 3, the file 2");
  hub.workers = 2;
  CHECK(problem_with<FileError>(hub, data) == file + "Tcp::workers: this run has 2, the file 1");
}

TEST_CASE("a hub without rows takes the state of features from its first worker, for all others") {
  const Place place;
  const Tcp hub{.address = "unix:" + (place.folder / "hub").string(),
                .workers = 2,
                .checkpoint = place.folder / "checkpoint"};
  const Tcp worker{.role = Tcp::worker, .address = hub.address, .join_seconds = 20};
  const Sequential net{Dense<2, 1>{}, MeanSquaredError{}};
  const auto run = [&](const Tcp& tcp, const Events& events) {
    return Trainer{net, tcp, Downpour{.period = 2}, Sgd{.learning_rate = 0.001}}.train(
        events, {.batch_size = 4, .data_placement = DataPlacement::partitioned});
  };
  const auto events = [](Index count) -> Events {
    return {.features = Matrix<float>::Constant(2, count, static_cast<float>(count)),
            .targets = Matrix<float>::Ones(1, count),
            .weights = Vector<float>::Ones(count),
            .target_names = {"energy"},
            .state = FeatureState::scaled,
            .prepared_by = 0x0a9136aa};
  };
  const Events none{.features = Matrix<float>(2, 0)};
  auto whole = std::async(std::launch::async, [&] { return run(hub, none); });
  std::jthread first{[&] { run(worker, events(20)); }};
  const auto refusal = [&](const Events& other) {
    try {
      // A worker that joins before the first one gets its rank.
      run({.role = Tcp::worker, .address = hub.address, .rank = 7, .join_seconds = 20}, other);
    } catch (const TcpError& error) {
      return std::string{error.what()};
    }
    return std::string{"none"};
  };
  const auto differs = [&](const Events& other) {
    std::string text = refusal(other);
    while (text.find("no rank 7") != std::string::npos) text = refusal(other);
    return text.substr(text.find("worker: ") + 8);
  };
  Events other = events(13);
  const std::string hub_has =
      "state of features: the hub has scaled, checksum 0a9136aa, the worker ";
  other.prepared_by = 1;
  CHECK(differs(other) == hub_has + "scaled, checksum 00000001");
  other = events(13);
  other.state = FeatureState::measured;
  other.prepared_by = 0;
  CHECK(differs(other) == hub_has + "measured");
  other = events(13);
  other.weights = {};
  CHECK(differs(other) == "weights: the hub has yes, the worker no");
  other = events(13);
  other.target_names = {"mass"};
  CHECK(differs(other) == "names of targets: the hub has energy, the worker mass");
  run(worker, events(13));
  const auto trained = whole.get();
  CHECK(trained.report.events == 33);
  CHECK(trained.feature_state == FeatureState::scaled);
  CHECK(trained.prepared_by == 0x0a9136aa);
  const auto again = run(hub, none);  // as in the checkpoint
  CHECK(again.feature_state == FeatureState::scaled);
  CHECK(again.prepared_by == 0x0a9136aa);
}

TEST_CASE("a hub whose workers have their own events has none, but their names") {
  const Place place;
  const Tcp hub{.address = "unix:" + (place.folder / "hub").string(), .workers = 2};
  const Tcp worker{.role = Tcp::worker, .address = hub.address};
  const Sequential net{Dense<2, 2>{}, SoftmaxCrossEntropy{}};
  const auto run = [&](const Tcp& tcp, const Events& events) {
    return Trainer{net, tcp, Downpour{.period = 2}, Sgd{}}.train(
        events, {.batch_size = 4, .data_placement = DataPlacement::partitioned});
  };
  const auto events = [](Index count) -> Events {
    return {.features = Matrix<float>::Constant(2, count, static_cast<float>(count)),
            .labels = std::vector<int>(static_cast<std::size_t>(count), 1),
            .classes = {"b", "s"}};
  };
  std::jthread first{[&] { run(worker, events(20)); }}, second{[&] { run(worker, events(13)); }};
  const auto trained = run(hub, events(0));
  CHECK(trained.report.events == 33);
  CHECK(trained.report.steps == 5 + 4);
  CHECK(trained.classes == std::vector<std::string>{"b", "s"});

  // A regression has none; the hub learns this from the workers.
  const auto targets = [&](Index count) {
    Events with = events(count);
    with.labels.clear();
    with.targets = Matrix<float>::Constant(2, count, 0.5f);
    with.target_names = {"energy", "mass"};
    return with;
  };
  std::jthread third{[&] { run(worker, targets(20)); }}, fourth{[&] { run(worker, targets(13)); }};
  CHECK(run(hub, events(0)).classes.empty());
  CHECK_THROWS_WITH_AS(run({.address = "127.0.0.1:0", .workers = 1, .local_workers = 1}, events(0)),
                       "Trainer::train: no events for the worker of this process",
                       std::invalid_argument);
}
