// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <tributary/core/require.hpp>
#include <tributary/core/result.hpp>
#include <tributary/core/serialize.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/observe/observer.hpp>
#include <type_traits>
#include <vector>

namespace tributary::inline v0_1 {

/// A value that was measured of the center.
struct MetricPoint {
  std::uint64_t events;  ///< Events that had contributed to the center.
  double seconds;        ///< Since the start; virtual in a simulation.
  double value;
  /// The last one of a run. It is for the center that train() returns: EarlyStopping may have
  /// restored it, and it is calibrated().
  bool returned = false;
  std::uint64_t version = 0;  ///< Merges before it.
};

/// Measures the center at intervals, for example on held-out events:
///
///   Evaluate validation{.measure = [&](ConstView<float> center) { return …; }, .every = 100};
///
/// No commit is merged during a measurement, so keep it short or rare. For a net with BatchNorm,
/// measure the calibrated() center. For an ensemble, a value is the mean over its members;
/// predict() averages their scores, which is often better than a member alone.
template <class F>
struct Evaluate {
  F measure;        ///< double(ConstView<S> center)
  int every = 100;  ///< Merges between two measurements; the end has one more.

  using Point = MetricPoint;
  std::vector<Point> points = {};
  std::uint64_t events = 0;   ///< Events at the last merge.
  std::uint64_t version = 0;  ///< Merges so far.

  void on(const Started&) {
    require(every >= 1, "Evaluate::every", every, "at least 1");
    points.clear();
    events = version = 0;
  }
  template <Real S>
  void on(const Merged<S>& m) {
    events = m.events;
    version = m.version;
    if (version % static_cast<std::uint64_t>(every) == 0) add(m);
  }
  template <Real S>
  void on(const Finished<S>& run) {
    add(run);
    points.back().returned = true;
  }
  /// See KeepsState.
  void save(std::vector<std::byte>& to) const { save_state(to, points, events, version); }
  Status restore(std::span<const std::byte>& from) {
    return restore_resized(from, points, events, version);
  }

 private:
  template <template <class> class Event, Real S>
  void add(const Event<S>& of) {
    static_assert(
        detail::measures<F, S>,
        "tributary: Evaluate::measure must be a double(ConstView<S>) with S of the model");
    points.push_back({.events = events,
                      .seconds = of.seconds,
                      .value = detail::measure_models(measure, of.center, of.members),
                      .version = version});
  }
};

}  // namespace tributary::inline v0_1
