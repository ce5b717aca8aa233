#include <tributary/transport/tcp.hpp>

#include <doctest/doctest.h>

#include "transport/tcp/processes.hpp"
#include "transport/tcp/counter.hpp"

#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/trainer/trainer.hpp>

#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

using namespace tributary;
using namespace tributary::test;

namespace {

/// More of them: TRIBUTARY_FAULT_RUNS=200 test_tcp --test-case='*killed*'.
int fault_runs() {
  const char* const runs = std::getenv("TRIBUTARY_FAULT_RUNS");
  return runs ? std::atoi(runs) : 6;
}

constexpr std::size_t rows = 1500;
const TrainOptions options{.epochs = 2, .batch_size = 1, .seed = Seed{1}};

struct Place {
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("tributary_faults_" + std::to_string(::getpid()));
  Place() { std::filesystem::create_directory(folder); }
  Place(Place&&) = delete;
  ~Place() { std::filesystem::remove_all(folder); }
  Tcp hub(int workers) const {
    return {.role = Tcp::hub,
            .address = "unix:" + (folder / "hub").string(),
            .workers = workers,
            .rejoin_seconds = 0.5,
            .checkpoint_seconds = 0.1};
  }
  Tcp worker() const {
    return {.role = Tcp::worker, .address = hub(1).address, .reconnect_seconds = 15};
  }
};
/// The steps that are in the center in the end: its parameters are that number, or it throws.
double train(const Tcp& tcp) {
  const auto trained = Trainer{
      Counter{.parameters = 20'000}, tcp, Downpour{.period = 3},
      Sgd{.learning_rate =
              1}}.train(Rows{rows}, options);
  const Vector<float>& center = trained.parameters();
  if ((center.array() != center[0]).any()) throw std::runtime_error{"a commit was torn"};
  return center[0];
}
void pause(std::mt19937& random, int most_milliseconds) {
  std::this_thread::sleep_for(
      std::chrono::milliseconds{random() % static_cast<unsigned>(most_milliseconds)});
}

}  // namespace

TEST_CASE("workers may be killed at any moment: each step is in the center once") {
  const Place place;
  std::mt19937 random{1};
  for (int run = 0; run < fault_runs(); ++run) {
    CAPTURE(run);
    Process hub{[&] { return train(place.hub(3)); }};
    std::vector<Process> workers;
    for (int i = 0; i < 3; ++i) workers.emplace_back([&] { return train(place.worker()); });
    for (int kills = 0; kills < 3; ++kills) {
      pause(random, 150);
      Process& victim = workers[random() % workers.size()];
      victim.kill();
      victim = Process{[&] { return train(place.worker()); }};
    }
    CHECK(hub.result() == rows * 2);
  }
}

TEST_CASE("the hub may be killed at any moment, and goes on when it is started again") {
  const Place place;
  std::mt19937 random{2};
  for (int run = 0; run < fault_runs(); ++run) {
    CAPTURE(run);
    const auto hub_again = [&] {
      return Process{[&] {
        Tcp tcp = place.hub(2);
        tcp.rejoin_seconds = 5;
        tcp.checkpoint = place.folder / "checkpoint";
        return train(tcp);
      }};
    };
    Process hub = hub_again();
    std::vector<Process> workers;
    for (int i = 0; i < 2; ++i) workers.emplace_back([&] { return train(place.worker()); });
    for (int kills = 0; kills < 3; ++kills) {
      pause(random, 300);
      hub.kill();
      hub = hub_again();
    }
    CHECK(hub.result() == rows * 2);
    for (Process& worker : workers) worker.wait();  // a hub may have died that alone knew of it
    CHECK(hub_again().result() == rows * 2);        // of a run that is over
    for (const char* file : {"checkpoint", "checkpoint.previous"})
      std::filesystem::remove(place.folder / file);
  }
}
