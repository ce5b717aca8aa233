// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <tributary/rule/downpour.hpp>

#if defined(__cpp_lib_atomic_ref)
namespace tributary::inline v0_1 {

/// Adds each number atomically, and none of them in any order.
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
/// number by number, and read what the others have added so far.
/// Niu, Recht, Ré, Wright, NIPS 2011 (arXiv:1106.5730), Algorithm 1, for dense gradients. A worker
/// computes on a copy and not in place, as no Model could read numbers that others write.
///
/// It pays where gradients are sparse. For dense ones Downpour under a lock is faster: an atomic
/// addition costs much more than the wait for one that is vectorized (benchmarks/exchange.cpp).
struct Hogwild {
  static constexpr Schedule schedule = Schedule::asynchronous;
  int period = 1;   ///< Local steps between two commits.
  int overlap = 0;  ///< Of which while the commit is in flight.

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
static_assert(UpdateRule<Hogwild, float> && ConcurrentHalf<AtomicCenter<float>>);

}  // namespace tributary::inline v0_1
#endif
