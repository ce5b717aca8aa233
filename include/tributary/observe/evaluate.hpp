// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <tributary/core/require.hpp>
#include <tributary/observe/observer.hpp>
#include <type_traits>
#include <vector>

namespace tributary::inline v0_1 {

/// Measures the center now and then, on held-out events for instance:
///
///   Evaluate validation{.measure = [&](ConstView<float> center) { return …; }, .every = 100};
///
/// No commit is merged meanwhile, so measure seldom or little. Of a net with BatchNorm measure the
/// calibrated() center. Of an ensemble a value is the mean of what is measured of its members;
/// predict() averages their scores, which is often better than its members are.
template <class F>
struct Evaluate {
  F measure;        ///< double(ConstView<S> center)
  int every = 100;  ///< Merges between two measurements; one more at the end, see Point::returned.

  struct Point {
    std::uint64_t events;
    double seconds;
    double value;
    /// The last point: of the center that train() returns, which EarlyStopping may have restored, and
    /// which is calibrated().
    bool returned = false;
  };
  std::vector<Point> points = {};
  std::uint64_t events = 0;  ///< At the last merge.

  void on(const Started&) {
    require(every >= 1, "Evaluate::every", every, "at least 1");
    points.clear();
    events = 0;
  }
  template <Real S>
  void on(const Merged<S>& m) {
    events = m.events;
    if (m.version % static_cast<std::uint64_t>(every) == 0) add(m);
  }
  template <Real S>
  void on(const Finished<S>& run) {
    add(run);
    points.back().returned = true;
  }

 private:
  template <template <class> class Event, Real S>
  void add(const Event<S>& of) {
    static_assert(detail::measures<F, S>,
                  "tributary: Evaluate::measure is no double(ConstView<S>), S as in the model");
    points.push_back({events, of.seconds, detail::measure_models(measure, of.center, of.members)});
  }
};

}  // namespace tributary::inline v0_1
