#pragma once

// The types of the window study: the training, its settings and its results.
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <tributary/data/events.hpp>
#include <tributary/optimizer/adam.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/eamsgd.hpp>
#include <tributary/transport/simulated/link.hpp>
#include <tributary/transport/simulated/step_time.hpp>
#include <vector>

#include "net.hpp"

/// One setting a series, the same at all windows and numbers of workers.
namespace setting {
inline constexpr int batch_size = 4;  ///< As published.
/// As published, and Keras' default. In all series but the next two.
inline constexpr tributary::Adam adam{.learning_rate = 1e-3};
/// For a second run of DOWNPOUR, with plain SGD, whose bound is known.
inline constexpr tributary::Sgd sgd{.learning_rate = 2e-3};
inline constexpr tributary::Eamsgd eamsgd{.learning_rate = 1e-2, .momentum = 0.9};

/// Time of a batch on one worker.
inline constexpr tributary::LogNormalStep step_time{.median_seconds = 1e-2, .sigma = 0.2};
/// The center's 10 Gbit/s, which all workers share.
inline constexpr tributary::Link network{.latency_seconds = 1e-4,
                                         .bytes_per_second = 1.25e9,
                                         .sharing = tributary::Link::Sharing::shared};
/// Time of a commit that the center adds to its parameters.
inline constexpr double merge_bytes_per_second = 5e9;
}  // namespace setting

/// A rule and its local optimizer.
struct Series {
  std::string name, optimizer;
};
inline const std::vector<Series> every_series{
    {"adag", "Adam"},      {"aeasgd", "Adam"},      {"eamsgd", "Nesterov"},
    {"averaging", "Adam"}, {"downpour-sgd", "SGD"}, {"downpour-adam", "Adam"},
};

struct Data {
  std::string name;
  tributary::Events training, test;
};

/// The quadratic model's opinion of a run, before it.
struct Forecast {
  double figure, bound;
  std::string advice;  ///< Messages of tributary::advise(); empty: no warning.
};

struct Point {
  double seconds, accuracy;
};

struct Job {
  std::string series;
  int window = 1, workers = 1, epochs = 1;
  std::uint64_t seed = 0;
  bool watch = false;  ///< Measures the test accuracy along the way too.
};

struct Run {
  Job job;
  double accuracy = 0.1;  ///< On the test images; by chance, when it diverged.
  bool diverged = false;
  double seconds = 0;  ///< Virtual.
  double mean_staleness = 0, waiting_share = 0;
  double cost_seconds = 0;  ///< Time on this machine.
  std::vector<Point> curve = {};
  std::optional<Forecast> forecast = {};

  /// Virtual seconds until the test accuracy was first reached, between two points of the curve.
  std::optional<double> seconds_to(double target) const;
};

/// Largest curvature of the loss at the initial parameters of this seed.
double initial_curvature(const Net& net, const Data& data, std::uint64_t seed);

Run train(const Net& net, const Job& job, const Data& data, double curvature, std::stop_token stop);
