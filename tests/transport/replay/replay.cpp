// A simulated run is the same run every time: all its events and every bit.
#include <tributary/transport/simulated.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <cstdint>
#include <tributary/model/activations.hpp>
#include <tributary/model/cross_entropy.hpp>
#include <tributary/model/dense.hpp>
#include <tributary/model/dropout.hpp>
#include <tributary/model/sequential.hpp>
#include <tributary/optimizer/adam.hpp>
#include <tributary/rule/ssp.hpp>

#include "support/rules.hpp"

using namespace tributary;

namespace {
/// FNV-1a of every event of a run and of the center after each.
template <Real S>
struct Digest {
  std::uint64_t value = 0xcbf29ce484222325;

  void add(std::uint64_t word) {
    for (int byte = 0; byte < 8; ++byte, word >>= 8) value = (value ^ (word & 255)) * 0x100000001b3;
  }
  void add(double number) { add(std::bit_cast<std::uint64_t>(number)); }
  void on(const Span& span) {
    add(static_cast<std::uint64_t>(span.activity));
    add(static_cast<std::uint64_t>(span.worker));
    add(span.begin_seconds);
    add(span.end_seconds);
  }
  void on(const Merged<S>& m) {
    add(m.staleness);
    add(m.loss);
    for (const S x : m.center) add(static_cast<double>(x));
  }
};

template <Real S>
BasicEvents<S> clouds(Index events) {
  BasicEvents<S> data{.features = Matrix<S>(4, events)};
  Rng rng = Seed{5}.rng();
  for (Index i = 0; i < events; ++i) {
    data.labels.push_back(static_cast<int>(i % 2));
    for (S& x : data.features.col(i)) x = static_cast<S>(normal(rng) + static_cast<double>(i % 2));
  }
  return data;
}

/// A net with dropout, on an irregular cluster.
template <Real S, class Rule, class... Optimizer>
std::uint64_t digest(const Rule& rule, const Optimizer&... optimizer) {
  const auto net = sequential<S>(Dense<4, 20>{}, Relu{}, Dropout{.rate = 0.2f}, Dense<20, 2>{},
                                 SoftmaxCrossEntropy{});
  const Simulated cluster{
      .workers = 5,
      .step_time = LogNormalStep{.median_seconds = 1, .sigma = 0.5},
      .link = {.latency_seconds = 0.1,
               .bytes_per_second = 1000,
               .jitter_seconds = 0.2,
               .sharing = Link::Sharing::shared,
               .loss = 0.05},
      .seed = Seed{9},
      .merge_seconds = 0.05,
      .presence = {{.rank = 2, .until_seconds = 30}, {.rank = 4, .from_seconds = 20}}};
  Digest<S> digest;
  Trainer{net, cluster, rule, optimizer...}.train(
      clouds<S>(400), {.epochs = 3, .batch_size = 8, .seed = Seed{2}}, digest);
  return digest.value;
}
}  // namespace

TEST_CASE_TEMPLATE("20 runs with one seed are equal, event for event and bit for bit", S, float,
                   double) {
  const auto repeats = [](const auto&... policies) {
    const std::uint64_t first = digest<S>(policies...);
    MESSAGE("digest " << first);  // .ci/run compares those of all builds
    for (int repeat = 1; repeat < 20; ++repeat) CHECK(digest<S>(policies...) == first);
  };
  repeats(Downpour{.period = 2, .overlap = 1}, Adam{});
  repeats(Easgd{.period = 3}, Sgd{});
  repeats(Eamsgd{.period = 3});
  repeats(Averaging{.period = 2}, Adam{});
  repeats(Ssp{.bound = 1}, Sgd{});
}
