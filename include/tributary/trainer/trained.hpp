#pragma once

#include <cstdint>
#include <tributary/core/vector.hpp>
#include <tributary/model/model.hpp>
#include <vector>

namespace tributary {

struct RunReport {
  double seconds = 0;         ///< Wall clock, or virtual in a simulation.
  std::uint64_t merges = 0;   ///< Commits, or rounds of them, that went into the center.
  std::uint64_t steps = 0;    ///< Local steps in them.
  std::uint64_t events = 0;   ///< In the batches of those steps.
  double mean_staleness = 0;  ///< Merges by others between a worker's reply and its commit.
  std::uint64_t bytes = 0;    ///< On the wire, both ways, as seen by this process.
  int lost = 0;               ///< Workers that went away before their budget was spent.
};

/// The result of a run. In a process that does not hold the center: the final center.
template <Model M>
struct Trained {
  using Scalar = typename M::Scalar;
  M model;
  std::vector<Vector<Scalar>> members;  ///< One parameter vector per model; an ensemble has many.
  RunReport report;

  const Vector<Scalar>& parameters() const { return members.front(); }
};

}  // namespace tributary
