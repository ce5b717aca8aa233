// The cost of training W1 at batch 32 with two threads of one process, for each kind of exchange,
// against two threads that never exchange.

#include <array>
#include <atomic>
#include <numeric>
#include <string>
#include <thread>
#include <tributary/core/kernels.hpp>
#include <vector>

#include "contest.hpp"
#include "w1.hpp"

using namespace tributary;

/// Synchronous steps by a loop that does nothing else: no stop, no observer, no report, no worker that
/// may fail. Both gradients are taken at one center; each thread averages and steps a half of it.
static double bare_rounds(const Events& data) {
  constexpr std::size_t steps = 320;
  constexpr Index piece = 4096;
  auto net = w1::net();
  const Index size = net.parameter_count(), half = size / (2 * piece) * piece;
  Vector<float> center(size), accumulator = Vector<float>::Constant(size, 0.1f);
  Rng rng = Seed{1}.rng();
  net.initialize(center, rng);
  std::array<Vector<float>, 2> gradients{center, center};
  struct alignas(256) Counter {
    std::atomic<std::size_t> rounds = 0;
  };
  std::array<Counter, 2> posted, merged;
  const auto meet = [](std::array<Counter, 2>& counters, std::size_t me, std::size_t round) {
    counters[me].rounds = round;
    spin_until([&] { return counters[1 - me].rounds >= round; }, 1 << 30);
  };
  auto work = [&, net](std::size_t me) mutable {
    net.reseed(Seed{me});
    std::vector<std::size_t> rows(data.size());
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    ShuffledBatches batches{data, rows, rows.size() / 32, Seed{me}};
    Vector<float> mean(piece);
    const Index begin = me == 0 ? 0 : half, end = me == 0 ? half : size;
    for (std::size_t round = 1; round <= steps; ++round) {
      net.loss_and_gradient(center, batches.next(), gradients[me]);
      meet(posted, me, round);
      for (Index i = begin; i < end; i += piece) {
        const Index n = std::min(piece, end - i);
        mean.head(n) = (gradients[0].segment(i, n) + gradients[1].segment(i, n)) / 2;
        tributary::detail::with_kernels([&](auto kernels) {
          kernels.template adagrad<float>(n, center.data() + i, mean.data(), accumulator.data() + i,
                                          1e-3f, 1e-7f);
        });
      }
      meet(merged, me, round);
    }
  };
  const Stopwatch clock;
  {
    const std::jthread other{work, std::size_t{1}};
    work(0);
  }
  return static_cast<double>(2 * 32 * steps) / clock.seconds();
}

int main(int argc, char** argv) {
  const Events data = w1::noise(32 * 640);
  std::vector<Contestant> contestants;
  const auto add = [&](const std::string& rule_name, const auto& rule) {
    const auto rate = [&data, rule] {
      const RunReport report = Trainer{w1::net(), InProcess{.workers = 2}, rule, w1::optimizer}
                                   .train(data, {.batch_size = 32})
                                   .report;
      return static_cast<double>(report.events) / report.seconds;
    };
    contestants.push_back(
        {"W1", "two workers, batch 32", "Tributary's " + rule_name, "samples", rate});
  };
  add("Independent", Independent{.period = one_epoch});
  add("Easgd, window 32", Easgd{.period = 32});
  add("Downpour, window 5", Downpour{.period = 5});
  add("Averaging, window 5", Averaging{.period = 5});
  add("SynchronousSgd", SynchronousSgd{});
  contestants.push_back({"W1", "two workers, batch 32", "a bare loop's synchronous steps",
                         "samples", [&data] { return bare_rounds(data); }});
  add("Hogwild, window 5", Hogwild{.period = 5});
  add("Downpour, window 1", Downpour{.period = 1});
  add("Hogwild, window 1", Hogwild{.period = 1});
  return contest(argc, argv, contestants);
}
