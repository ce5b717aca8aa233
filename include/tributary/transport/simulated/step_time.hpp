// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <string>
#include <tributary/core/random.hpp>
#include <tributary/core/require.hpp>
#include <tributary/observe/observer.hpp>
#include <tributary/observe/timeline.hpp>
#include <vector>

namespace tributary::inline v0_1 {

/// The time of one local step, in virtual seconds. `rng` belongs to the worker.
template <class P>
concept StepTime = std::copyable<P> && requires(const P policy, int rank, Rng& rng, int workers) {
  { policy(rank, rng) } -> std::same_as<double>;
  { policy.validate(workers) } -> std::same_as<void>;  // throws std::invalid_argument
};

struct FixedStep {
  double seconds = 1;

  double operator()(int, Rng&) const { return seconds; }
  void validate(int) const { require(seconds >= 0, "FixedStep::seconds", seconds, "at least 0"); }
};

/// One entry for each worker; unequal entries make stragglers.
struct PerRankStep {
  std::vector<double> seconds = {};

  double operator()(int rank, Rng&) const { return seconds[static_cast<std::size_t>(rank)]; }
  void validate(int workers) const {
    require(seconds.size() == static_cast<std::size_t>(workers), "PerRankStep::seconds",
            std::to_string(seconds.size()) + " entries", "one for each worker");
    for (const double s : seconds) require(s >= 0, "PerRankStep::seconds", s, "at least 0");
  }
};

/// Exponentially distributed times: the memoryless worker of queueing theory, and of Mitliagkas et
/// al., arXiv:1605.09774.
struct ExponentialStep {
  double mean_seconds = 1;

  double operator()(int, Rng& rng) const { return mean_seconds * exponential(rng); }
  void validate(int) const {
    require(mean_seconds > 0, "ExponentialStep::mean_seconds", mean_seconds, "positive");
  }
};

/// exp(ln median + σ ξ), ξ normal: a distribution with a tail, as step times of real machines have
/// it.
struct LogNormalStep {
  double median_seconds = 1;
  double sigma = 0.2;

  double operator()(int, Rng& rng) const { return median_seconds * std::exp(sigma * normal(rng)); }
  void validate(int) const {
    require(median_seconds > 0, "LogNormalStep::median_seconds", median_seconds, "positive");
    require(sigma >= 0, "LogNormalStep::sigma", sigma, "at least 0");
  }
};

/// Draws from times that were measured in a real run: TraceStep::of(timeline).
struct TraceStep {
  std::vector<double> seconds = {};

  /// The step times of all its workers. For a span of several steps each counts as their mean.
  static TraceStep of(const Timeline& timeline) {
    TraceStep trace;
    for (const Span& span : timeline.spans) {
      for (int i = 0; i < span.steps; ++i) trace.seconds.push_back(span.seconds() / span.steps);
    }
    return trace;
  }

  double operator()(int, Rng& rng) const {
    return seconds[static_cast<std::size_t>(uniform(rng) * static_cast<double>(seconds.size()))];
  }
  void validate(int) const {
    require(!seconds.empty(), "TraceStep::seconds", "0 entries", "at least one");
    for (const double s : seconds) require(s >= 0, "TraceStep::seconds", s, "at least 0");
  }
};

}  // namespace tributary::inline v0_1
