#include <doctest/doctest.h>

#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/in_process.hpp>
#include <tributary/transport/simulated.hpp>

#include "support/problems.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {
constexpr int forever = 1'000'000'000;
}

TEST_CASE("a run in threads ends when its time is over") {
  const auto data = line<float>(300);
  const auto ends = [&](const auto& rule) {
    const Trainer trainer{LinearModel<float>{}, InProcess{.workers = 3}, rule, Sgd{}};
    const auto trained = trainer.train(data, {.epochs = forever, .time_limit = 0.05});
    CHECK(trained.report.time_limit_passed);
    CHECK(trained.parameters().allFinite());
  };
  ends(Averaging{.period = 2});
  ends(Downpour{.period = 2});
}

TEST_CASE("a limit that is not reached changes nothing, and a stop is not a limit") {
  const auto data = line<float>(300);
  const Trainer trainer{LinearModel<float>{}, InProcess{.workers = 3}, Averaging{}, Sgd{}};
  const auto without = trainer.train(data, {.epochs = 2});
  for (const double huge : {1e4, 1e300}) {
    const auto with = trainer.train(data, {.epochs = 2, .time_limit = huge});
    CHECK(!with.report.time_limit_passed);
    CHECK(with.parameters() == without.parameters());
  }
  CHECK(!without.report.time_limit_passed);
  std::stop_source source;
  source.request_stop();
  const auto stopped =
      trainer.train(data, {.epochs = forever, .stop = source.get_token(), .time_limit = 1e4});
  CHECK(!stopped.report.time_limit_passed);
  CHECK(stopped.report.steps == 0);
}

TEST_CASE("a simulation ends at its virtual time, after the cycles that have begun") {
  const auto steps = [](int workers, double limit) {
    const Trainer trainer{NoisyQuadratic{},
                          Simulated{.workers = workers, .step_time = FixedStep{.seconds = 1}},
                          Downpour{.period = 4}, Sgd{}};
    const auto trained =
        trainer.train(Noise{.rows = 2 * 100}, {.epochs = 5, .batch_size = 1, .time_limit = limit});
    CHECK(trained.report.time_limit_passed == (limit > 0 && limit < 400));
    return trained.report.steps;
  };
  // The cycles of 4 steps end at 4, 8, 12 … seconds.
  CHECK(steps(1, 7) == 8);
  CHECK(steps(1, 8) == 8);
  CHECK(steps(1, 8.5) == 12);
  CHECK(steps(2, 7) == 2 * 8);
  CHECK(steps(1, 0) == 1000);
  CHECK(steps(1, 2000) == 1000);
}

TEST_CASE("a run that its limit has ended goes on from its checkpoint to the same bits") {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("tributary_time_limit_" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const auto check = [&](const auto& transport, const std::string& file, double limit) {
    const Trainer trainer{NoisyQuadratic{.sigma = 0.3}, transport, Averaging{.period = 2},
                          Sgd{.learning_rate = 0.1}};
    const Noise data{.rows = 40, .count = 1};
    TrainOptions options{.epochs = 3, .batch_size = 1};
    const auto whole = trainer.train(data, options);
    options.checkpoint.file = folder / file;
    options.time_limit = limit;
    const auto first = trainer.train(data, options);
    CHECK(first.report.steps < whole.report.steps);
    CHECK(first.report.time_limit_passed);
    options.time_limit = 0;
    const auto resumed = trainer.train(data, options);
    CHECK(!resumed.report.time_limit_passed);
    CHECK(resumed.report.steps == whole.report.steps);
    CHECK(resumed.parameters() == whole.parameters());
  };
  check(Simulated{.workers = 2, .step_time = FixedStep{.seconds = 1}}, "simulated", 21);
  check(InProcess{.workers = 2}, "threads", 1e-12);  // over before the first cycle
  std::filesystem::remove_all(folder);
}

TEST_CASE("a limit that is no time is refused") {
  const Trainer trainer{LinearModel<float>{}, InProcess{}, Averaging{}, Sgd{}};
  for (const double wrong : {-1.0, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK_THROWS_WITH_AS(trainer.train(line<float>(30), {.time_limit = wrong}),
                         doctest::Contains("TrainOptions::time_limit = "), std::invalid_argument);
  }
}
