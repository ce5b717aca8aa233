// From training to a trigger, in two steps that are two programs in an experiment:
//
//   trigger train DIRECTORY            writes events.csv, learns from it, and writes net.json
//   trigger serve DIRECTORY [THREADS]  answers the events by threads that share one predictor, and
//                                      says how long an answer took; 100 times each, by 2 threads
//
// Serving ends with an error if anything was allocated between the first event and the last.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <span>
#include <string>
#include <thread>
#include <tributary/inference/json.hpp>
#include <tributary/tributary.hpp>
#include <vector>

#include "allocations.hpp"

using namespace tributary;

/// Sorts jets of 16 features into 5 classes. Both steps name its type, and so both can know all sizes
/// while they are compiled.
using Net = Sequential<float, Dense<16, 64>, Relu, Dense<64, 32>, Relu, Dense<32, 32>, Relu,
                       Dense<32, 5>, SoftmaxCrossEntropy>;
constexpr double missing = -999;

/// Jets as a detector might have seen them: each feature has its own unit, and some are missing.
static void write_jets(const std::filesystem::path& path, int count) {
  std::ofstream csv{path};
  csv << "label";
  for (Index i = 0; i < Net::inputs(); ++i) csv << ",f" << i;
  Rng rng = Seed{1}.rng();
  for (int jet = 0; jet < count; ++jet) {
    const Index label = jet % Net::outputs();
    csv << '\n' << label;
    for (Index i = 0; i < Net::inputs(); ++i) {
      const double mean = i % Net::outputs() == label ? 1.6 : 0;
      const double feature = (mean + normal(rng)) * static_cast<double>(i + 1) + 50;
      csv << ',' << (uniform(rng) < 0.02 ? missing : feature);
    }
  }
  if (!csv.flush()) throw FileError{path.string() + ": cannot be written"};
}

static bool train(const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  write_jets(directory / "events.csv", 20'000);
  const CsvTable table = read_csv(directory / "events.csv", {.missing = missing});
  auto [training, test] = split(shuffle(assemble(table, {.label = "label"}), Seed{1}), 0.8);
  const auto preprocessing = Preprocessing::fit(training, {.impute = Imputation::mean});
  preprocessing.apply(training);
  preprocessing.apply(test);

  const Net net{{}, {}, {}, {}, {}, {}, {}, {}};
  const auto trained =
      Trainer{net, InProcess{.workers = 2}, Easgd{.period = 8}, Adam{.learning_rate = 0.002}}.train(
          training, {.epochs = 5, .batch_size = 32, .seed = Seed{1}});
  const double share = accuracy(predict(trained, test), test);
  save_model(directory / "net.json", saved_model(trained, preprocessing));
  std::cout << "accuracy " << share << '\n';
  return share > 0.8;
}

/// How often an answer took so many nanoseconds.
class Latencies {
 public:
  void add(std::chrono::nanoseconds latency) noexcept {
    const auto last = std::ssize(counts_) - 1;
    ++counts_[static_cast<std::size_t>(std::clamp<std::int64_t>(latency.count(), 0, last))];
  }
  void add(const Latencies& other) noexcept {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  }
  std::uint64_t count() const noexcept { return below(counts_.size()); }
  /// The least number of nanoseconds that such a share of the answers were ready in.
  std::size_t quantile(double share) const noexcept {
    std::uint64_t rest = static_cast<std::uint64_t>(share * static_cast<double>(count()));
    std::size_t i = 0;
    for (; i + 1 < counts_.size() && counts_[i] <= rest; ++i) rest -= counts_[i];
    return i;
  }
  std::uint64_t below(std::size_t nanoseconds) const noexcept {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < nanoseconds; ++i) sum += counts_[i];
    return sum;
  }
  static constexpr std::size_t end = 100'000;  ///< That, or longer, is counted here.

 private:
  std::vector<std::uint32_t> counts_ = std::vector<std::uint32_t>(end + 1);
};

/// A line for each doubling of the time.
static void print(const Latencies& latencies) {
  for (std::size_t from = 32; from < Latencies::end; from *= 2) {
    const std::size_t to = std::min(2 * from, Latencies::end);
    const auto answers = latencies.below(to) - latencies.below(from);
    if (answers > 0) std::printf("%6zu to %6zu ns %10ju\n", from, to, std::uintmax_t{answers});
  }
  std::printf("%ju answers: median %zu ns, p99 %zu ns, p99.9 %zu ns\n",
              std::uintmax_t{latencies.count()}, latencies.quantile(0.5), latencies.quantile(0.99),
              latencies.quantile(0.999));
}

static bool serve(const std::filesystem::path& directory, unsigned threads) {
  const Predictor predictor{load_model<Net>(directory / "net.json")};
  // As they were measured: what is missing is -999 still.
  const Events events =
      assemble(read_csv(directory / "events.csv"), {.label = "label",
                                                    .features = predictor.feature_names(),
                                                    .classes = predictor.class_names()});

  struct alignas(128) Tally {  // so that no two threads write to the same cache line
    Latencies latencies = {};
    int right = 0, allocations = 0;
  };
  std::vector<Tally> tallies(threads);
  const auto answer = [&](unsigned thread) {
    Tally& tally = tallies[thread];
    const int before = allocations;
    std::array<float, Net::outputs()> scores;
    for (int round = 0; round < 100; ++round) {
      for (std::size_t event = thread; event < events.size(); event += threads) {
        const std::span features{events.features.col(static_cast<Index>(event)).data(),
                                 std::size_t{Net::inputs()}};
        const auto begin = std::chrono::steady_clock::now();
        predictor.predict(features, scores);
        tally.latencies.add(std::chrono::steady_clock::now() - begin);
        const auto best = std::ranges::max_element(scores) - scores.begin();
        tally.right += best == events.labels[event];
      }
    }
    tally.allocations = allocations - before;
  };
  {
    std::vector<std::jthread> running;
    running.reserve(threads);
    for (unsigned thread = 0; thread < threads; ++thread) running.emplace_back(answer, thread);
  }

  Tally all;
  for (const Tally& tally : tallies) {
    all.latencies.add(tally.latencies);
    all.right += tally.right;
    all.allocations += tally.allocations;
  }
  print(all.latencies);
  const double share = all.right / static_cast<double>(all.latencies.count());
  std::printf("accuracy %.3f, %d allocations\n", share, all.allocations);
  return share > 0.8 && all.allocations == 0;
}

int main(int argc, char** argv) try {
  const std::vector<std::string> words(argv + 1, argv + argc);
  bool fine = false;
  if (words.size() == 2 && words[0] == "train") {
    fine = train(words[1]);
  } else if ((words.size() == 2 || words.size() == 3) && words[0] == "serve") {
    const int threads = words.size() == 3 ? std::atoi(words[2].c_str()) : 2;
    require(threads >= 1 && threads <= 1024, "THREADS", words.back(), "in [1, 1024]");
    fine = serve(words[1], static_cast<unsigned>(threads));
  } else {
    std::cerr << "trigger train DIRECTORY\ntrigger serve DIRECTORY [THREADS]\n";
    return 2;
  }
  return fine ? EXIT_SUCCESS : EXIT_FAILURE;
} catch (const std::exception& error) {
  std::cerr << "trigger: " << error.what() << '\n';
  return 2;
}
