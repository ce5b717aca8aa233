#include <tributary/trainer/warm_start.hpp>

#include <doctest/doctest.h>

#include <unistd.h>

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/in_process.hpp>
#include <tributary/transport/tcp.hpp>

#include "support/problems.hpp"

using namespace tributary;
using namespace tributary::test;

TEST_CASE(
    "processes and checkpoints with another warm start are refused, and the reason is named") {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("tributary_warm_start_" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const std::string address = "unix:" + (folder / "hub").string();
  const BasicEvents<float> data = line<float>(300);
  const auto train = [&](const auto& transport, const std::optional<Vector<float>>& start) {
    const Trainer trainer{LinearModel<float>{}, transport, Averaging{.period = 3}, Sgd{}};
    return (start ? trainer.starting_from(*start) : trainer).train(data, {.batch_size = 10});
  };
  const Vector<float> right{{1, 2, 3, 4}}, wrong{{1, 2, 3, 5}};
  using Result = decltype(train(Tcp{}, right));
  const Tcp as_hub{.address = address, .workers = 1, .checkpoint = folder / "run"};
  const Tcp as_worker{.role = Tcp::worker, .address = address};
  std::optional<Result> hub;
  std::jthread of_hub{[&] { hub = train(as_hub, right); }};
  CHECK_THROWS_WITH(train(as_worker, wrong), doctest::Contains("initial parameters: "));
  CHECK_THROWS_WITH(train(as_worker, {}), doctest::Contains("initial parameters: "));
  const Result worker = train(as_worker, right);
  of_hub.join();
  CHECK(hub->parameters() == train(InProcess{}, right).parameters());
  CHECK(worker.parameters() == hub->parameters());
  CHECK_THROWS_WITH(train(as_hub, wrong), doctest::Contains("initial parameters: "));
  CHECK_THROWS_WITH(train(as_hub, {}), doctest::Contains("initial parameters: "));
  std::filesystem::remove_all(folder);
}
