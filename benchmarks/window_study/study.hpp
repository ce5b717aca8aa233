#pragma once

// The words of the window study: what is trained, how, and what came of it.
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <tributary/data/events.hpp>
#include <tributary/optimizer/adam.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/eamsgd.hpp>
#include <tributary/transport/simulated.hpp>
#include <vector>

/// One setting a series, the same at all windows and numbers of workers.
namespace setting {
inline constexpr int batch_size = 4;  ///< As published.
/// As published: Keras' default. In all rules but the two below.
inline constexpr tributary::Adam adam{.learning_rate = 1e-3};
/// DOWNPOUR once more with plain SGD, for which its delay bound is known.
inline constexpr tributary::Sgd sgd{.learning_rate = 5e-3};
inline constexpr tributary::Eamsgd eamsgd{.learning_rate = 1e-2, .momentum = 0.9};
/// The time of a batch, and 10 Gbit/s, as the published cluster had.
inline const tributary::LogNormalStep step_time{.median_seconds = 1e-2, .sigma = 0.2};
inline constexpr tributary::Link network{.latency_seconds = 1e-4, .bytes_per_second = 1.25e9};
}  // namespace setting

/// A rule and its local optimizer: `name` in files, `title` for people.
struct Series {
  std::string name, title, optimizer;
};
inline const std::vector<Series> every_series{
    {"adag", "ADAG", "Adam"},
    {"downpour", "DOWNPOUR", "Adam"},
    {"downpour-sgd", "DOWNPOUR", "SGD"},
    {"aeasgd", "AEASGD", "Adam"},
    {"eamsgd", "EAMSGD", "Nesterov"},
    {"averaging", "averaging", "Adam"},
};

struct Data {
  std::string name;
  tributary::Events training, test;
};

struct Job {
  std::string series;
  int window = 1, workers = 1, epochs = 1;
  std::uint64_t seed = 0;
  bool watch = false;  ///< Measures the test accuracy along the way too.
};

struct Point {
  double seconds, accuracy;
};
struct Run {
  Job job;
  double accuracy = 0.1;  ///< On the test images; by chance, when it diverged.
  bool diverged = false;
  double seconds = 0;  ///< Virtual.
  double mean_staleness = 0;
  double cost_seconds = 0;  ///< Of this machine.
  std::vector<Point> curve = {};

  /// Virtual seconds until the test accuracy was first reached, between two points of the curve.
  std::optional<double> seconds_to(double target) const;
};

/// A net is compiled in a file of its own: they take their time.
struct Net {
  std::string name;
  Run (*train)(const Job& job, const Data& data, std::stop_token stop);
};
extern const Net small_net, published_net;
