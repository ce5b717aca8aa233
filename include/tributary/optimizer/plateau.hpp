// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/optimizer/learning_rate_schedule.hpp>

namespace tributary::inline v0_1 {

struct PlateauState {
  std::uint64_t every;
  double threshold, drop;
  double current = 1;
  std::uint64_t observed = 0;  ///< Number of losses in the sum.
  double loss_sum = 0;
  double mean_before = std::numeric_limits<double>::quiet_NaN();  ///< NaN at first.

  double factor(std::uint64_t) const { return current; }
  void observe(std::uint64_t, Loss loss) {
    loss_sum += loss;
    if (++observed < every) return;
    const double mean = loss_sum / static_cast<double>(every);
    if (!is_nan(mean_before) && std::abs(mean - mean_before) <= threshold) current *= drop;
    mean_before = mean;
    loss_sum = 0;
    observed = 0;
  }
};

/// Every `every` steps, compares the mean loss of these steps with that of the previous ones. If it
/// has changed by at most `threshold`, in either direction, the learning rate is multiplied by
/// `factor`. Distributed Keras calls this scheme Emperor. It needs the loss, so an optimizer with
/// this schedule works for a worker, but not at the center. A worker counts its own losses; after a
/// restart it begins anew.
struct Plateau {
  std::uint64_t every = 0;  ///< In steps; must be set.
  double threshold = 1e-3;  ///< In units of the loss.
  double factor = 0.1;

  PlateauState make_state() const { return {every, threshold, factor}; }
  void validate() const {
    require(every >= 1, "Plateau::every", every, "at least 1");
    require(threshold >= 0, "Plateau::threshold", threshold, "zero or positive");
    require(factor > 0 && factor < 1, "Plateau::factor", factor, "in (0, 1)");
  }
};

}  // namespace tributary::inline v0_1
