#include <tributary/transport/tcp.hpp>

#include <doctest/doctest.h>

#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/trainer/trainer.hpp>

#include "support/problems.hpp"

using namespace tributary;
using namespace tributary::test;

TEST_CASE("the time limit of the hub ends a run over sockets, that of a worker does not") {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("tributary_time_limit_tcp_" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const std::string address = "unix:" + (folder / "hub").string();
  const BasicEvents<float> data = line<float>(300);
  const auto train = [&](const auto& transport, int epochs, double limit) {
    return Trainer{LinearModel<float>{}, transport, Averaging{.period = 3}, Sgd{}}.train(
        data, {.epochs = epochs, .batch_size = 10, .time_limit = limit});
  };
  const auto local = train(Tcp::local(2), 1'000'000'000, 0.1);
  CHECK(local.report.time_limit_passed);
  CHECK(local.parameters().allFinite());

  using Result = decltype(train(Tcp{}, 1, 0));
  std::optional<Result> hub;
  std::jthread of_hub{[&] { hub = train(Tcp{.address = address, .workers = 1}, 2, 0); }};
  const Result worker = train(Tcp{.role = Tcp::worker, .address = address}, 2, 1e-12);
  of_hub.join();
  CHECK(hub->report.steps == 60);
  CHECK(!hub->report.time_limit_passed);
  CHECK(!worker.report.time_limit_passed);
  CHECK(worker.parameters() == hub->parameters());
  std::filesystem::remove_all(folder);
}
