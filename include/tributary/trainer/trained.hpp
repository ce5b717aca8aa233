// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/events.hpp>
#include <tributary/model/model.hpp>
#include <tributary/transport/transport.hpp>
#include <vector>

namespace tributary::inline v0_1 {

/// The transport's Delivery, and the counts of the center.
struct RunReport : Delivery {
  std::uint64_t merges = 0;   ///< Merges into the center: commits, or rounds of them.
  std::uint64_t steps = 0;    ///< Local steps in them.
  std::uint64_t events = 0;   ///< Events in the batches of those steps.
  double mean_staleness = 0;  ///< Mean number of merges by others between a reply and the commit.
  std::vector<std::uint64_t> staleness = {};  ///< [s]: merges whose commit was s merges old.
  double waiting_share = 0;  ///< The share of the workers' time in which they waited, in [0, 1].
  int cores = 0;             ///< Cores that this process may use; 0 if not known.
  bool time_limit_passed = false;       ///< TrainOptions::time_limit, before the run ended.
  std::uint64_t peak_memory_bytes = 0;  ///< Peak memory of this process; 0 if not known.

  /// With more threads than cores, threads run in bursts: nearly all commits of a burst are fresh, and
  /// the first commit of another thread is very stale. Then mean_staleness and implicit_momentum() say
  /// little; read staleness_below(0.5) and staleness_below(0.99) instead. Observers get a Notice.
  bool more_threads_than_cores() const { return cores > 0 && threads > cores; }
  /// A quantile of the staleness: the smallest value that at least this share of the merges did not
  /// exceed. 0.5 gives the median. 0 if there was no merge.
  std::uint64_t staleness_below(double share) const {
    require(share >= 0 && share <= 1, "RunReport::staleness_below: share", share, "in [0, 1]");
    std::uint64_t seen = 0, all = 0;
    for (const std::uint64_t count : staleness) all += count;
    for (std::size_t s = 0; s < staleness.size(); ++s) {
      seen += staleness[s];
      if (static_cast<double>(seen) >= share * static_cast<double>(all)) return s;
    }
    return 0;
  }
  /// The momentum that asynchrony adds to SGD if the staleness has a geometric distribution, as it
  /// has for workers with exponentially distributed step times: 1 − 1/M for a mean staleness of
  /// M − 1 (Mitliagkas et al., arXiv:1605.09774, Theorem 3). It has no meaning if there were
  /// more_threads_than_cores(). EffectiveMomentum estimates the momentum from the center's path
  /// instead.
  double implicit_momentum() const { return mean_staleness / (mean_staleness + 1); }
};

/// The result of a run. A process that does not hold the center has the final center. For an
/// ensemble it has only the member that reported last, and predict(), Predictor and saved_model()
/// refuse it.
template <Model M>
struct Trained {
  using Scalar = typename M::Scalar;
  M model;
  std::vector<Vector<Scalar>> members;  ///< One parameter vector per model; an ensemble has many.
  RunReport report;
  /// The names of the outputs and inputs, if the training data have them, as BasicEvents does. No
  /// classes if the targets have other names.
  std::vector<std::string> classes = {};
  std::vector<std::string> feature_names = {};
  /// The preparation of the features, if the data have it; predict() and a Predictor require the
  /// same. A hub without rows gets this and prepared_by from its workers.
  std::optional<FeatureState> feature_state = {};
  std::uint32_t prepared_by = 0;  ///< BasicEvents::prepared_by of the data.
  /// Events::missing of the data, if its features were as measured; no feature had this value. Else
  /// NaN.
  double missing = std::numeric_limits<double>::quiet_NaN();
  int members_elsewhere = 0;  ///< For an ensemble: members that only the hub's process has.

  const Vector<Scalar>& parameters() const { return members.front(); }
};

}  // namespace tributary::inline v0_1
