#include <tributary/rule/moving_average.hpp>

#include <doctest/doctest.h>

#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <tributary/optimizer/adam.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/in_process.hpp>
#include <tributary/transport/tcp.hpp>

#include "support/problems.hpp"

using namespace tributary;
using namespace tributary::test;

TEST_CASE("hub, workers and a hub that is started again after the end have the same average") {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("tributary_moving_average_" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const std::string address = "unix:" + (folder / "hub").string();
  const BasicEvents<float> data = line<float>(300);
  const auto train = [&](const auto& transport) {
    return Trainer{LinearModel<float>{}, transport, MovingAverage{Averaging{.period = 3}, 0.7},
                   Adam{}}
        .train(data, {.epochs = 2, .batch_size = 10, .seed = Seed{1}});
  };
  using Result = decltype(train(Tcp{}));
  const Tcp as_hub{.address = address, .workers = 2, .checkpoint = folder / "run"};
  std::optional<Result> hub, first;
  std::jthread of_hub{[&] { hub = train(as_hub); }};
  std::jthread of_first{
      [&] { first = train(Tcp{.role = Tcp::worker, .address = address, .rank = 0}); }};
  const Result second = train(Tcp{.role = Tcp::worker, .address = address, .rank = 1});
  of_first.join();
  of_hub.join();
  CHECK(hub->parameters() == train(InProcess{.workers = 2}).parameters());
  CHECK(first->parameters() == hub->parameters());
  CHECK(second.parameters() == hub->parameters());
  CHECK(train(as_hub).parameters() == hub->parameters());
  std::filesystem::remove_all(folder);
}
