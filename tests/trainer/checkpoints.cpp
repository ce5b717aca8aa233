// Runs in one process that are cut and go on from a checkpoint.

#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <tributary/core/random.hpp>
#include <tributary/data/events.hpp>
#include <tributary/model/activations.hpp>
#include <tributary/model/dense.hpp>
#include <tributary/model/dropout.hpp>
#include <tributary/model/head.hpp>
#include <tributary/model/sequential.hpp>
#include <tributary/optimizer/adam.hpp>
#include <tributary/optimizer/cosine_decay.hpp>
#include <tributary/optimizer/momentum.hpp>
#include <tributary/optimizer/scheduled.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/rule/diloco.hpp>
#include <tributary/rule/easgd.hpp>
#include <tributary/rule/synchronous_sgd.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/in_process.hpp>
#include <tuple>

#include "support/cut_run.hpp"
#include "support/moved_rows.hpp"
#include "support/problems.hpp"
#include "support/summing.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {

const Noise data{.rows = 240, .count = 40, .seed = Seed{5}};
const NoisyQuadratic model{.count = 40, .sigma = 0.3};

/// 60 steps of each of two workers.
template <class... Parts>
void check_cut_threads(const Parts&... rule_and_optimizer) {
  check_cuts<double>(
      [&](const CheckpointOptions& checkpoint, auto&... observers) {
        return Trainer{model, InProcess{.workers = 2}, rule_and_optimizer...}.train(
            data, {.epochs = 2, .batch_size = 4, .seed = Seed{2}, .checkpoint = checkpoint},
            observers...);
      },
      4, Seed{7});
}

/// A rule whose worker half does not show its members.
struct Hidden : Averaging {
  auto fields() { return std::tie(static_cast<Averaging&>(*this)); }
  auto fields() const { return std::tie(static_cast<const Averaging&>(*this)); }

  template <Real S>
  class WorkerPart {
   public:
    void prepare(ConstView<S> parameters, View<S> commit) const { commit = parameters; }
    void adopt(View<S> parameters, ConstView<S>, ConstView<S> reply) {
      parameters = reply;
      ++adopted_;
    }

   private:
    int adopted_ = 0;
  };
  template <Real S>
  WorkerPart<S> make_worker_half(const Vector<S>&, int) const {
    return {};
  }
};

}  // namespace

TEST_CASE("threads of synchronous rules go on bit for bit after any cut") {
  check_cut_threads(Averaging{.period = 3, .overlap = 1},
                    Scheduled{Adam{.learning_rate = 0.02}, CosineDecay{.steps = 60}});
  check_cut_threads(Averaging{.period = 2}, Momentum{.learning_rate = 0.02});
  check_cut_threads(SynchronousSgd{}, Adam{.learning_rate = 0.02});
  check_cut_threads(SynchronousSgd{.overlap = 1}, Sgd{.learning_rate = 0.02});
  check_cut_threads(SynchronousEasgd{.period = 4, .overlap = 4}, Momentum{.learning_rate = 0.02});
  check_cut_threads(DiLoCo<>{.period = 5}, Adam{.learning_rate = 0.02});
}

TEST_CASE("dropout goes on with the elements that it would have dropped") {
  Events events{.features = Matrix<float>::Zero(4, 80)};
  for (Index i = 0; i < 80; ++i) {
    events.features(i % 4, i) = 1;
    events.labels.push_back(i % 3 == 0);
  }
  const Sequential net{Dense<4, 8>{}, Relu{}, Dropout{}, Dense<8, 2>{}, SoftmaxCrossEntropy{}};
  check_cuts<float>(
      [&](const CheckpointOptions& checkpoint, auto&... observers) {
        return Trainer{net, InProcess{.workers = 2}, Averaging{.period = 2}, Adam{}}.train(
            events, {.epochs = 3, .batch_size = 2, .seed = Seed{2}, .checkpoint = checkpoint},
            observers...);
      },
      4, Seed{8});
}

TEST_CASE("asynchronous threads train each row as often as the epochs say, after any cuts") {
  constexpr std::size_t rows = 3000;
  const auto check = [](const auto& rule) {
    for (std::uint64_t first : {29u, 100u, 333u}) {
      CAPTURE(first);
      const TemporaryFolder folder;
      Cutter<double> cutter{.at = first};
      for (int cuts = 0;; ++cuts) {
        REQUIRE(cuts < 100);
        try {
          const auto trained =
              Trainer{RowMover{rows}, InProcess{.workers = 3}, rule, Sgd{.learning_rate = 1}}.train(
                  NumberedRows{rows},
                  {.epochs = 2,
                   .batch_size = 2,
                   .seed = Seed{3},
                   .checkpoint = {.file = folder.path / "run.tck", .every_merges = 20}},
                  cutter);
          CHECK(trained.parameters() == Vector<double>::Constant(rows, 2));
          CHECK(trained.report.events == 2 * rows);
          break;
        } catch (const Cut&) {
          cutter.at += first;
        }
      }
    }
  };
  for (const int overlap : {0, 1, 3}) {
    CAPTURE(overlap);
    check(Summing<Schedule::asynchronous>{3, overlap});
    check(Summing<Schedule::stale_synchronous>{3, overlap});
  }
}

TEST_CASE("a stop ends a run with a checkpoint, after the cycles, and more epochs go on") {
  const TemporaryFolder folder;
  struct Stopper {
    std::uint64_t at = 0;
    std::stop_source stop = {};
    void on(const Merged<double>& merged) {
      if (merged.version == at) stop.request_stop();
    }
  };
  const auto train = [&](int epochs, std::uint64_t at, const CheckpointOptions& checkpoint) {
    Stopper stopper{.at = at};
    return Trainer{model, InProcess{.workers = 2}, Averaging{.period = 3},
                   Momentum{.learning_rate = 0.02}}
        .train(data,
               {.epochs = epochs,
                .batch_size = 4,
                .seed = Seed{2},
                .stop = stopper.stop.get_token(),
                .checkpoint = checkpoint},
               stopper);
  };
  const auto whole = train(2, 0, {});
  const CheckpointOptions checkpoint{.file = folder.path / "run.tck"};
  for (const std::uint64_t at : {4u, 11u}) CHECK(train(2, at, checkpoint).report.merges == at);
  const auto finished = train(2, 0, checkpoint), again = train(2, 0, checkpoint);
  CHECK(finished.parameters() == whole.parameters());
  CHECK(again.parameters() == whole.parameters());
  CHECK(again.report.steps == whole.report.steps);
  const auto longer = train(3, 0, checkpoint);
  CHECK(longer.parameters() == train(3, 0, {}).parameters());
  CHECK_THROWS_WITH_AS(train(1, 0, checkpoint),
                       (checkpoint.file.string() + ": has more steps of worker 0 than this run: "
                                                   "see TrainOptions::epochs")
                           .c_str(),
                       FileError);
}

TEST_CASE("a checkpoint that would not be complete, or not be written, is refused at the start") {
  const auto train = [](const auto& transport, const auto& rule) {
    Trainer{model, transport, rule, Sgd{.learning_rate = 0.1}}.train(
        data, {.checkpoint = {.file = "never_written"}});
  };
  const auto check = [&](const std::string& must, const auto&... arguments) {
    CHECK_THROWS_WITH_AS(
        train(arguments...),
        ("TrainOptions::checkpoint = never_written, must be empty " + must).c_str(),
        std::invalid_argument);
  };
  struct Plain {
    int workers = 2;
    static constexpr bool supports(Schedule) { return true; }
    void validate() const {}
    Topology topology() const { return whole_run(workers); }
    Delivery run(AnyCenter<double>&, std::span<AnyWorker<double>* const>, std::stop_token) const {
      return {};
    }
  };
  check("with the transport Plain, which writes none", Plain{}, Averaging{});
  check(
      "because this state cannot be saved: the worker half of Hidden (give it fields(), see "
      "core/fields.hpp)",
      InProcess{.workers = 2}, Hidden{});
  struct Derived : Averaging {};
  CHECK_THROWS_WITH_AS(train(InProcess{.workers = 2}, Derived{}),
                       "settings of Derived: it has a base with members, must have fields(), see "
                       "tributary/core/fields.hpp",
                       std::invalid_argument);
  CHECK_FALSE(std::filesystem::exists("never_written"));
  CHECK_FALSE(std::filesystem::exists("never_written.lock"));
}

TEST_CASE("a run that an observer has ended, or ends while it resumes, returns its result") {
  const TemporaryFolder folder;
  struct Ender {
    std::uint64_t at = 0;
    bool at_notice = false;
    std::uint64_t merges = 0;
    Flow on(const Merged<double>& merged) {
      ++merges;
      return merged.version == at ? Flow::stop : Flow::proceed;
    }
    Flow on(const Notice&) const { return at_notice ? Flow::stop : Flow::proceed; }
  };
  const auto train = [&](Ender& ender, const CheckpointOptions& checkpoint) {
    return Trainer{model, InProcess{.workers = 2}, Averaging{.period = 3},
                   Sgd{.learning_rate = 0.1}}
        .train(data, {.batch_size = 4, .checkpoint = checkpoint}, ender);
  };
  const CheckpointOptions checkpoint{.file = folder.path / "run.tck", .every_merges = 1};
  Ender first{.at = 4}, again;
  const auto ended = train(first, checkpoint), result = train(again, checkpoint);
  CHECK(ended.report.merges == 4);
  CHECK(result.parameters() == ended.parameters());
  CHECK(result.report.merges == 4);
  CHECK(again.merges == 0);
  CHECK(train(again, checkpoint).parameters() == ended.parameters());

  std::filesystem::remove(checkpoint.file);
  Ender at_notice{.at_notice = true};  // which says that the previous one is used
  CHECK(train(at_notice, checkpoint).report.merges <= 4);
  CHECK(at_notice.merges == 0);
}
