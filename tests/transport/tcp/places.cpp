#include <tributary/transport/tcp.hpp>

#include <doctest/doctest.h>

#include <unistd.h>
#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include <tributary/optimizer/cosine_decay.hpp>
#include <tributary/optimizer/scheduled.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/optimizer/warm_up.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/rule/synchronous_sgd.hpp>
#include <tributary/trainer/trainer.hpp>
#include "support/moved_rows.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {

const TrainOptions once{.batch_size = 1, .seed = Seed{5}};

/// Worker 1 does nothing until worker 0 has finished its own share and has begun with others' rows.
struct WaitingMover : RowMover {
  std::atomic<bool>* taken_over;
  bool slow = false;
  int steps = 0;

  void reseed(Seed seed) { slow = seed.value == once.seed.derive(Stream::model, 1).value; }
  Loss loss_and_gradient(ConstView<double> at, const Batch& batch, View<double> gradient) {
    if (slow) taken_over->wait(false);
    if (!slow && ++steps > 100) {
      *taken_over = true;
      taken_over->notify_all();
    }
    return RowMover::loss_and_gradient(at, batch, gradient);
  }
};

struct Broken {};
/// Fails at one of its steps.
struct BreakingMover : RowMover {
  int good_steps;

  Loss loss_and_gradient(ConstView<double> at, const Batch& batch, View<double> gradient) {
    if (good_steps-- == 0) throw Broken{};
    return RowMover::loss_and_gradient(at, batch, gradient);
  }
};

}  // namespace

TEST_CASE("rows that another worker takes over move by the rates of their own positions") {
  std::atomic<bool> taken_over = false;
  const auto trained =
      Trainer{WaitingMover{{200}, &taken_over}, Tcp::local(2), Downpour{.period = 5},
              Scheduled{Sgd{.learning_rate = 1}, CosineDecay{.steps = 100}}}
          .train(NumberedRows{200}, once);
  CHECK(trained.report.events == 200);
  std::vector<double> rates;
  for (int k = 0; k < 100; ++k) rates.insert(rates.end(), 2, cosine(k, 100));
  CHECK(moved_by(rates, trained.parameters()));
}

TEST_CASE("a schedule continues at its position when hub and worker are restarted") {
  const auto file =
      std::filesystem::temp_directory_path() / ("tributary-places-" + std::to_string(::getpid()));
  Tcp tcp = Tcp::local(1);
  tcp.checkpoint = file;
  tcp.kept_bytes = 1;        // so that at most two commits are not in the checkpoint
  tcp.rejoin_seconds = 0.1;  // the worker of the first run does not return
  std::vector<double> rates;
  for (int k = 1; k <= 20; ++k) rates.push_back(k / 20.0);
  for (int k = 0; k < 80; ++k) rates.push_back(cosine(k, 80));
  const auto goes_on = [&](const auto& rule) {
    for (const int good_steps : {16, 47}) {  // in the warm-up, and after it
      const auto train = [&](int until) {
        return Trainer{BreakingMover{{100}, until}, tcp, rule,
                       Scheduled{Sgd{.learning_rate = 1}, WarmUp{20, CosineDecay{.steps = 80}}}}
            .train(NumberedRows{100}, once);
      };
      CHECK_THROWS_AS(train(good_steps), Broken);
      const auto trained = train(100 - good_steps + 3 * rule.period);  // as many as are left
      CHECK(trained.report.events == 100);
      CHECK(moved_by(rates, trained.parameters()));
      for (const char* suffix : {"", ".previous"}) std::filesystem::remove(file.string() + suffix);
    }
  };
  goes_on(Downpour{.period = 5});
  goes_on(SynchronousSgd{});
}
