// From training to a trigger, second step: threads share one predictor and answer all events 20 times.
// It prints how long an answer took, and fails if a thread allocated memory meanwhile.
//
//   trigger_serve DIRECTORY [THREADS]

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <thread>
#include <tributary/inference/json.hpp>
#include <tributary/tributary.hpp>
#include <vector>

#include "allocations.hpp"
#include "answer.hpp"
#include "latencies.hpp"

using namespace tributary;

struct alignas(128) Served {  // so that no two threads write to the same cache line
  std::vector<std::int64_t> nanoseconds = {};  // of each answer
  int right = 0, allocations = 0;
};

int main(int argc, char** argv) try {
  const int threads = argc == 3 ? std::atoi(argv[2]) : 2;
  if (argc < 2 || argc > 3 || threads < 1 || threads > 1024) {
    std::fprintf(stderr, "trigger_serve DIRECTORY [THREADS, 1 to 1024]\n");
    return 2;
  }
  const std::filesystem::path directory = argv[1];
  const Predictor predictor{load_model<Net>(directory / "net.json")};
  const Events events =
      assemble(read_csv(directory / "events.csv"), {.label = "label",
                                                    .features = predictor.feature_names(),
                                                    .classes = predictor.class_names()});

  std::vector<Served> shares(static_cast<std::size_t>(threads));
  const auto serve = [&](std::size_t thread) {
    Served& own = shares[thread];
    own.nanoseconds.reserve(20 * (events.size() / shares.size() + 1));
    const int before = allocations;
    for (int round = 0; round < 20; ++round) {
      for (std::size_t event = thread; event < events.size(); event += shares.size()) {
        const float* const features = &events.features(0, static_cast<Index>(event));
        const auto begin = std::chrono::steady_clock::now();
        const int best = answer(predictor, {features, std::size_t{Net::inputs()}});
        const std::chrono::nanoseconds latency = std::chrono::steady_clock::now() - begin;
        own.nanoseconds.push_back(latency.count());
        own.right += best == events.labels[event];
      }
    }
    own.allocations = allocations - before;
  };
  {
    std::vector<std::jthread> running;
    running.reserve(shares.size());
    for (std::size_t thread = 0; thread < shares.size(); ++thread)
      running.emplace_back(serve, thread);
  }

  Served all;
  for (const Served& own : shares) {
    all.nanoseconds.insert(all.nanoseconds.end(), own.nanoseconds.begin(), own.nanoseconds.end());
    all.right += own.right;
    all.allocations += own.allocations;
  }
  print_latencies(all.nanoseconds);
  const double accuracy = all.right / static_cast<double>(all.nanoseconds.size());
  std::printf("accuracy %.3f, %d allocations\n", accuracy, all.allocations);
  return accuracy > 0.8 && all.allocations == 0 ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "trigger_serve: %s\n", error.what());
  return 2;
}
