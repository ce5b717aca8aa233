#include <tributary/transport/simulated.hpp>

#include <doctest/doctest.h>

#include <tributary/observe/history.hpp>
#include <cmath>
#include <vector>

#include "support/problems.hpp"
#include "support/rules.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {
const TrainOptions options{.epochs = 20, .batch_size = 8, .seed = Seed{42}};

template <Real S, class... Policies>
Vector<S> fit(const Policies&... policies) {
  return Trainer{LinearModel<S>{}, policies...}.train(line<S>(1024), options).parameters();
}
/// Everything that tells one run from another.
std::vector<double> story(const History& history) {
  std::vector<double> all;
  for (const auto& row : history.rows) {
    all.insert(all.end(), {static_cast<double>(row.worker), static_cast<double>(row.staleness),
                           std::isnan(row.loss) ? -1 : row.loss, row.seconds});
  }
  return all;
}
}  // namespace

TEST_CASE_TEMPLATE("synchronous rules give the same bits over threads and in any simulation", S,
                   float, double) {
  for (const int overlap : {0, 1, 4}) {
    const auto same_everywhere = [&](const auto& rule, const auto& optimizer) {
      const Vector<S> threads = fit<S>(InProcess{.workers = 4}, rule, optimizer);
      CHECK(threads == fit<S>(Simulated{.workers = 4}, rule, optimizer));
      CHECK(threads == fit<S>(Simulated{.workers = 4,
                                        .step_time = PerRankStep{{1, 1, 1, 3}},
                                        .link = {.latency_seconds = 2}},
                              rule, optimizer));
    };
    same_everywhere(Averaging{.period = 4, .overlap = overlap}, Sgd{.learning_rate = 0.2});
    same_everywhere(SynchronousEasgd{.period = 4, .overlap = overlap},
                    Nesterov{.learning_rate = 0.05, .momentum = 0.8});
  }
}

TEST_CASE_TEMPLATE("asynchronous runs repeat, bit for bit and event for event", S, float, double) {
  const Simulated uneven{.workers = 4,
                         .step_time = ExponentialStep{},
                         .link = {.latency_seconds = 0.5, .bytes_per_second = 1000},
                         .seed = Seed{3}};
  const auto repeats = [&](const auto& rule, const auto&... optimizer) {
    const Trainer trainer{LinearModel<S>{}, uneven, rule, optimizer...};
    const auto data = line<S>(1024);
    History once, again;
    const auto trained = trainer.train(data, options, once);
    CHECK(line_error(trained.parameters()) < 3e-2);
    CHECK(trained.parameters() == trainer.train(data, options, again).parameters());
    CHECK(story(once) == story(again));
    CHECK(trained.report.mean_staleness > 0.5);
  };
  repeats(Downpour{.period = 3}, Sgd{.learning_rate = 0.05});
  repeats(Adag{.period = 3, .overlap = 3}, Sgd{.learning_rate = 0.2});
  repeats(Easgd{.period = 4}, Sgd{.learning_rate = 0.2});
  repeats(Eamsgd{.learning_rate = 0.05, .momentum = 0.8, .period = 4});
}

TEST_CASE("overlap hides the latency of the link, in virtual seconds") {
  const auto seconds = [&](int overlap) {
    return Trainer{LinearModel<float>{}, Simulated{.workers = 2, .link = {.latency_seconds = 1}},
                   Downpour{.period = 4, .overlap = overlap}, Sgd{}}
        .train(line<float>(512), options)
        .report.seconds;
  };
  CHECK(seconds(0) == doctest::Approx(seconds(2) * 6 / 4).epsilon(0.02));  // 4 steps + 2 links
  CHECK(seconds(3) == seconds(2));
}

TEST_CASE("a message takes latency and bytes / bandwidth, and both ways are counted") {
  const auto trained = Trainer{
      LinearModel<float>{},
      Simulated{.workers = 1,
                .step_time = FixedStep{.seconds = 0},
                .link = {.latency_seconds = 2, .bytes_per_second = 8}},
      Downpour{.period = 1},
      Sgd{}}.train(line<float>(10), {.batch_size = 1});
  CHECK(trained.report.bytes == 10 * 2 * 4 * sizeof(float));
  CHECK(trained.report.seconds == 10 * (2 + 16 / 8.0) + 9 * (2 + 16 / 8.0));
}

TEST_CASE("step times have the distributions that they are named after") {
  Rng rng = Seed{1}.rng();
  const auto mean = [&](const auto& step) {
    double sum = 0;
    for (int i = 0; i < 100'000; ++i) sum += step(1, rng);
    return sum / 100'000;
  };
  CHECK(mean(FixedStep{2}) == 2);
  CHECK(mean(PerRankStep{{1, 3}}) == 3);
  CHECK(mean(ExponentialStep{2}) == doctest::Approx(2).epsilon(0.02));
  CHECK(mean(LogNormalStep{2, 0.5}) == doctest::Approx(2 * std::exp(0.125)).epsilon(0.01));
  CHECK(mean(TraceStep{{1, 2, 6}}) == doctest::Approx(3).epsilon(0.02));
}

TEST_CASE("what ends a real run ends a simulated one") {
  struct DiskFull {
    void on(const Merged<float>& m) {
      if (m.version == 3) throw std::runtime_error{"disk full"};
    }
  } full;
  const Trainer trainer{LinearModel<float>{}, Simulated{.workers = 3}, Downpour{}, Sgd{}};
  CHECK_THROWS_WITH(trainer.train(line<float>(300), options, full), "disk full");

  struct Interrupt {
    std::stop_source source = {};
    void on(const Merged<float>& m) {
      if (m.version == 3) source.request_stop();
    }
  } interrupt;
  const auto trained = trainer.train(
      line<float>(300), {.epochs = 1'000'000, .stop = interrupt.source.get_token()}, interrupt);
  CHECK(trained.report.merges >= 3);
  CHECK(trained.report.merges <= 3 + 2 * 3);
}

TEST_CASE("bad settings of a simulation throw, and name the field") {
  const auto refuses = [](const auto& transport, const char* message) {
    CHECK_THROWS_WITH_AS(transport.validate(), message, std::invalid_argument);
  };
  refuses(Simulated{.workers = 0}, "Simulated::workers = 0, must be at least 1");
  refuses(Simulated{.step_time = FixedStep{-1}}, "FixedStep::seconds = -1, must be at least 0");
  refuses(Simulated{.workers = 2, .step_time = PerRankStep{{1}}},
          "PerRankStep::seconds = 1 entries, must be one a worker");
  refuses(Simulated{.step_time = ExponentialStep{0}},
          "ExponentialStep::mean_seconds = 0, must be positive");
  refuses(Simulated{.step_time = LogNormalStep{.sigma = -1}},
          "LogNormalStep::sigma = -1, must be at least 0");
  refuses(Simulated{.step_time = TraceStep{}},
          "TraceStep::seconds = 0 entries, must be at least one");
  refuses(Simulated{.link = {.bytes_per_second = 0}},
          "Link::bytes_per_second = 0, must be positive");
}
