#pragma once

#include <cstdint>
#include <limits>
#include <tributary/core/require.hpp>
#include <tributary/observe/observer.hpp>
#include <type_traits>

namespace tributary {

/// Ends the run when what is measured on the center has not become smaller for a while:
///
///   EarlyStopping patience{.measure = [&](ConstView<float> center) { return …; }, .every = 100};
///
/// No commit is merged while it measures. Of a net with BatchNorm measure the calibrated() center.
template <class F>
struct EarlyStopping {
  F measure;             ///< double(ConstView<S> center), a validation loss for instance.
  int every = 100;       ///< Merges between two measurements.
  int patience = 5;      ///< Measurements in a row without a gain before the run ends.
  double min_delta = 0;  ///< A gain is a value smaller than the best one by more than this.

  double best = std::numeric_limits<double>::infinity();  ///< So far in this run.
  int without_gain = 0;                                   ///< Measurements since then.

  void on(const Started&) {
    require(every >= 1, "EarlyStopping::every", every, "at least 1");
    require(patience >= 1, "EarlyStopping::patience", patience, "at least 1");
    require(min_delta >= 0, "EarlyStopping::min_delta", min_delta, "not negative");
    best = std::numeric_limits<double>::infinity();
    without_gain = 0;
  }
  template <Real S>
  Flow on(const Merged<S>& m) {
    static_assert(
        std::is_invocable_r_v<double, F&, ConstView<S>>,
        "tributary: EarlyStopping::measure is no double(ConstView<S>), S as in the model");
    if (m.version % static_cast<std::uint64_t>(every) != 0) return Flow::proceed;
    const double now = measure(m.center);
    if (now < best - min_delta) {
      best = now;
      without_gain = 0;
    } else if (++without_gain >= patience) {
      return Flow::stop;
    }
    return Flow::proceed;
  }
};

}  // namespace tributary
