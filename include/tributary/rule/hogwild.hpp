// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <tributary/core/vector.hpp>
#include <tributary/rule/commit.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/rule/update_rule.hpp>

#if defined(__cpp_lib_atomic_ref)
namespace tributary::inline v0_1 {

/// Adds each element atomically. Elements have no order among each other.
template <Real S>
struct AtomicCenter {
  static constexpr bool concurrent = true;
  static constexpr bool separable = true;

  void merge(View<S> center, ConstView<S> progress, MergeInfo, View<S> reply) const {
    constexpr auto relaxed = std::memory_order_relaxed;
    for (Index i = 0; i < center.size(); ++i)
      reply[i] = std::atomic_ref{center[i]}.fetch_add(progress[i], relaxed) + progress[i];
  }
};

/// Hogwild: DOWNPOUR without a lock. Threads add their progress to the center at the same time,
/// element by element, and read the sum of all additions so far.
/// Niu, Recht, Ré, Wright, NIPS 2011 (arXiv:1106.5730), Algorithm 1, for dense gradients. A worker
/// computes on a copy and not in place, because no Model may read elements that other threads
/// write.
///
/// Hogwild pays off if gradients are sparse. For dense gradients Downpour with a lock is faster: an
/// atomic addition takes much longer than the wait for a vectorized one (benchmarks/exchange.cpp).
struct Hogwild {
  static constexpr Schedule schedule = Schedule::asynchronous;
  int period = 1;   ///< Local steps between two commits.
  int overlap = 0;  ///< Number of these steps taken while the commit is in flight.

  template <Real S>
  ProgressWorker<S> make_worker_half(const Vector<S>& initial, int) const {
    return {.anchor = initial, .overlap = overlap};
  }
  template <Real S>
  AtomicCenter<S> make_center_half(const Vector<S>&, int) const {
    return {};
  }
  void validate(int) const { check_window("Hogwild", period, overlap); }
};

}  // namespace tributary::inline v0_1
#endif
