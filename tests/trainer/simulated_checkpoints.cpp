// Simulations that are cut and go on from a checkpoint, at any event.

#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <tributary/core/file.hpp>
#include <tributary/core/random.hpp>
#include <tributary/core/type_name.hpp>
#include <tributary/optimizer/adam.hpp>
#include <tributary/optimizer/momentum.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/adag.hpp>
#include <tributary/rule/asynchronous_sgd.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/rule/dc_asgd.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/rule/eamsgd.hpp>
#include <tributary/rule/easgd.hpp>
#include <tributary/rule/independent.hpp>
#include <tributary/rule/parameter_distance.hpp>
#include <tributary/rule/ssp.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/simulated.hpp>
#include <tuple>

#include "support/cut_run.hpp"
#include "support/problems.hpp"
#include "support/temporary_folder.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {

const Noise data{.rows = 240, .count = 40, .seed = Seed{5}};
const NoisyQuadratic model{.count = 40, .sigma = 0.3};
const Simulated<ExponentialStep> cluster{
    .workers = 4,
    .step_time = {.mean_seconds = 1},
    .link = {.latency_seconds = 0.3,
             .bytes_per_second = 1e3,
             .jitter_seconds = 0.2,
             .sharing = Link::Sharing::shared,
             .loss = 0.05},
    .seed = Seed{9},
    .merge_seconds = 0.1,
    .presence = {{.rank = 2, .from_seconds = 5}, {.rank = 3, .until_seconds = 20}}};

template <class... Parts>
auto train(const TrainOptions& options, const std::tuple<Parts...>& parts, auto&... observers) {
  return std::apply(
      [&](const auto&... part) {
        return Trainer{model, cluster, part...}.train(data, options, observers...);
      },
      parts);
}
template <class... Parts>
void check_cut(const Parts&... parts) {
  const std::string rule = plain_type_name<std::tuple_element_t<0, std::tuple<Parts...>>>();
  CAPTURE(rule);
  check_cuts<double>(
      [&](const CheckpointOptions& checkpoint, auto&... observers) {
        return train({.epochs = 2, .batch_size = 4, .seed = Seed{2}, .checkpoint = checkpoint},
                     std::tuple{parts...}, observers...);
      },
      4, Seed{7});
}

}  // namespace

TEST_CASE("simulated runs of asynchronous rules go on bit for bit after any cut") {
  check_cut(Downpour{.period = 3, .overlap = 3}, Adam{.learning_rate = 0.02});
  check_cut(Adag{.period = 3}, Momentum{.learning_rate = 0.02});
  check_cut(Easgd{.period = 2}, Sgd{.learning_rate = 0.02});
  check_cut(Eamsgd{.period = 2});
  check_cut(AsynchronousSgd{}, Adam{.learning_rate = 0.02});
  check_cut(DcAsgd{});
  check_cut(ParameterDistance{.period = 2}, Sgd{.learning_rate = 0.02});
}

TEST_CASE("simulated runs with rounds and bounds go on bit for bit after any cut") {
  check_cut(Averaging{.period = 3, .overlap = 1}, Adam{.learning_rate = 0.02});
  check_cut(Ssp{.period = 2, .bound = 1}, Momentum{.learning_rate = 0.02});
  check_cut(Independent{.period = 5}, Adam{.learning_rate = 0.02});
}

TEST_CASE("a simulation that was finished, or stopped at any time, goes on for more epochs") {
  const auto run = [](const auto& transport, const auto& rule, const TrainOptions& options,
                      auto&... observers) {
    return Trainer{model, transport, rule, Momentum{.learning_rate = 0.02}}.train(data, options,
                                                                                  observers...);
  };
  const auto check = [&](const auto& transport, const auto& rule, std::uint64_t cut, bool same) {
    CAPTURE(cut);
    const TemporaryFolder folder;
    TrainOptions options{.epochs = 2, .batch_size = 4, .seed = Seed{2}};
    const auto whole = run(transport, rule, {.epochs = 4, .batch_size = 4, .seed = Seed{2}});
    options.checkpoint = {.file = folder.path / "run.tck", .every_merges = 1};
    Cutter<double> cutter{.at = cut};
    try {
      run(transport, rule, options, cutter);
    } catch (const Cut&) {
    }
    options.epochs = 4;
    const auto longer = run(transport, rule, options);
    CHECK(longer.report.steps == whole.report.steps);
    CHECK(longer.report.events == whole.report.events);
    CHECK(longer.report.lost_steps == whole.report.lost_steps);
    if (same) CHECK(longer.parameters() == whole.parameters());
  };
  const Simulated<PerRankStep> uneven{.workers = 2, .step_time = {{1, 3}}};
  const Simulated<FixedStep> late{.workers = 3, .presence = {{.rank = 2, .from_seconds = 20}}};
  const Simulated<FixedStep> dying{.workers = 2, .presence = {{.rank = 1, .until_seconds = 80}}};
  for (const std::uint64_t cut : {0u, 1u, 5u, 15u, 25u}) {  // 0: never
    check(uneven, Averaging{.period = 3}, cut, true);
    check(uneven, Downpour{.period = 2}, cut, false);
    check(late, Downpour{.period = 2}, cut, false);
    check(dying, Downpour{.period = 2}, cut, false);
  }
}

TEST_CASE("a checkpoint of another run, or a damaged one, is refused, and says what differs") {
  const TemporaryFolder folder;
  const CheckpointOptions checkpoint{.file = folder.path / "run.tck"};
  const std::string file = checkpoint.file.string();
  const auto run = [&](int batch_size, const auto&... parts) {
    return train({.batch_size = batch_size, .seed = Seed{2}, .checkpoint = checkpoint},
                 std::tuple{parts...});
  };
  const auto check = [&](const auto& attempt, const std::string& what) {
    CHECK_THROWS_WITH_AS(attempt(), (file + ": " + what).c_str(), FileError);
  };
  run(4, Downpour{.period = 3}, Sgd{.learning_rate = 0.02});
  check([&] { run(6, Downpour{.period = 3}, Sgd{.learning_rate = 0.02}); },
        "is a checkpoint of another run: TrainOptions::batch_size: this run has 6, the file 4");
  check([&] { run(4, Downpour{.period = 2}, Sgd{.learning_rate = 0.02}); },
        "is a checkpoint of another run: Downpour::period: this run has 2, the file 3");
  check([&] { run(4, Downpour{.period = 3}, Momentum{.learning_rate = 0.02}); },
        "is a checkpoint of another run: optimizer: this run has Momentum, the file Sgd");

  std::filesystem::remove(file + ".previous");
  std::string bytes(FileContents{checkpoint.file}.bytes());
  bytes[bytes.size() / 2] ^= 1;
  std::ofstream{checkpoint.file, std::ios::binary} << bytes;
  check([&] { run(4, Downpour{.period = 3}, Sgd{.learning_rate = 0.02}); },
        "is damaged: its checksum does not match its contents");
}
