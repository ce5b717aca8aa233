// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/rule/commit.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/rule/update_rule.hpp>

namespace tributary::inline v0_1 {

template <Real S>
struct BoundedCenter : AddingCenter<S> {
  int bound;
};

/// Stale synchronous parallel: DOWNPOUR in which a worker waits for its reply while it is more than
/// `bound` commits ahead of the slowest worker in the run. So it sees all updates that are older
/// than that. A slow worker delays the others only when they are too far ahead.
/// Ho et al., "More Effective Distributed ML via a Stale Synchronous Parallel Parameter Server",
/// NIPS 2013, section 3. With a bound of 0 the workers commit in full rounds, which add the
/// progress of all workers.
struct Ssp {
  static constexpr Schedule schedule = Schedule::stale_synchronous;
  int period = 1;   ///< Local steps between two commits; a worker's clock counts commits.
  int overlap = 0;  ///< Number of these steps taken while the commit is in flight.
  int bound = 3;    ///< s

  template <Real S>
  ProgressWorker<S> make_worker_half(const Vector<S>& initial, int) const {
    return {.anchor = initial, .overlap = overlap};
  }
  template <Real S>
  BoundedCenter<S> make_center_half(const Vector<S>&, int) const {
    return {{}, bound};
  }
  void validate(int) const {
    check_window("Ssp", period, overlap);
    require(bound >= 0, "Ssp::bound", bound, "at least 0");
  }
};

}  // namespace tributary::inline v0_1
