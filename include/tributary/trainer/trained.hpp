#pragma once

#include <cstdint>
#include <string>
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
  std::vector<std::uint64_t> staleness = {};  ///< [s]: merges whose commit was s merges old.
  double waiting_share = 0;                   ///< Of the workers' time; they computed in the rest.
  std::uint64_t bytes = 0;                    ///< On the wire, both ways, as seen by this process.
  std::uint64_t resent = 0;                   ///< Messages that were lost and sent again.
  int lost = 0;  ///< Workers that went away before their budget was spent.
  /// Commits that died with a hub: they were in its center but in no checkpoint, and their workers
  /// did not come back to bring them again. At least, as far as the workers that live know; their
  /// rows were trained on again.
  std::uint64_t lost_commits = 0;
  std::uint64_t peak_memory_bytes = 0;  ///< Of this process, until now; 0 if not known.

  /// What asynchrony adds to the momentum of SGD if the staleness is geometric, as it is for
  /// workers with exponential times: 1 − 1/M with a mean staleness of M − 1 (Mitliagkas et al.,
  /// arXiv:1605.09774, Theorem 3). EffectiveMomentum estimates it from the center's path instead.
  double implicit_momentum() const { return mean_staleness / (mean_staleness + 1); }
};

/// The result of a run. In a process that does not hold the center: the final center.
template <Model M>
struct Trained {
  using Scalar = typename M::Scalar;
  M model;
  std::vector<Vector<Scalar>> members;  ///< One parameter vector per model; an ensemble has many.
  RunReport report;
  /// Of the data it was trained on, where that has them as BasicEvents does: what the outputs and
  /// the inputs stand for.
  std::vector<std::string> classes = {};
  std::vector<std::string> feature_names = {};

  const Vector<Scalar>& parameters() const { return members.front(); }
};

}  // namespace tributary
