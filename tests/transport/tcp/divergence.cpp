#include "support/divergence.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <filesystem>
#include <future>
#include <string>
#include <tributary/codec/floating_point.hpp>
#include <tributary/transport/tcp.hpp>

using namespace tributary;
using namespace tributary::test;

TEST_CASE("a last step that makes NaN is an error over TCP") {
  sees_the_last_step(Tcp::local(1), Independent{}, 1, 40);
  sees_the_last_step(Tcp::local(1), Averaging{.period = 3}, 41, 60);
  sees_the_last_step(Tcp::local(1), Downpour{}, 61, 80);
  // A worker that is alone waits for the others before its last step.
  sees_the_last_step(Tcp::local(3), Averaging{.period = 3}, 81, 100);
}

TEST_CASE("a center that overflows ends the run of all processes") {
  const char* const message = "training diverged: ";
  sees_the_overflow(Tcp::local(3), message);
  Tcp relaxed = Tcp::local(3);
  relaxed.relaxed_atomicity = true;
  sees_the_overflow(relaxed, message);
  sees_the_overflow(BasicTcp<Float64, BFloat16>::local(3), message);
}

namespace {
struct CutOff {
  int times = 0;
  void on(const Notice& notice) {
    times += notice.text.find("is disconnected") != std::string::npos;
  }
};
}  // namespace

TEST_CASE("a hub and its workers each report that the center overflowed") {
  const std::string path = std::filesystem::temp_directory_path() /
                           ("tributary-divergence-" + std::to_string(::getpid()));
  const auto why = [&](const Tcp& tcp, auto&... observers) -> std::string {
    try {
      // 2e38 + 2e38, of two commits, or of a worker that joined after the first one.
      Trainer{Leap{}, tcp, Ssp{.bound = 0}, Sgd{.learning_rate = 1}}.train(
          line<float>(6), {.epochs = 1000, .batch_size = 1}, observers...);
    } catch (const TrainingDiverged& error) {
      return error.what();
    } catch (const std::exception& error) {
      return std::string{"otherwise: "} + error.what();
    }
    return "not at all";
  };
  CutOff cut_off;
  auto hub = std::async(std::launch::async, [&] {
    return why({.role = Tcp::hub, .address = "unix:" + path, .workers = 2}, cut_off);
  });
  const Tcp worker{.role = Tcp::worker, .address = "unix:" + path};
  auto other = std::async(std::launch::async, [&] { return why(worker); });
  const std::string here = why(worker);
  CHECK(here.starts_with("training diverged: "));
  CHECK(other.get() == here);
  CHECK(hub.get() == here);
  CHECK(cut_off.times == 0);
  std::filesystem::remove(path);
}

TEST_CASE("a checkpoint holds no center that has diverged") {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("tributary-diverged-" + std::to_string(::getpid()));
  Tcp tcp = Tcp::local(2);
  tcp.checkpoint = path;
  tcp.checkpoint_seconds = 1e-3;
  tcp.rejoin_seconds = 0.01;  // those of the run before do not return
  const Trainer trainer{Leap{}, tcp, Ssp{.bound = 0}, Sgd{.learning_rate = 1}};
  for (int start = 0; start < 2; ++start)  // the second one from the checkpoint
    CHECK_THROWS_WITH_AS(trainer.train(line<float>(6), {.epochs = 1000, .batch_size = 1}),
                         doctest::Contains("training diverged: "), TrainingDiverged);
  for (const char* const suffix : {"", ".previous", ".lock"})
    std::filesystem::remove(path.string() + suffix);
}
