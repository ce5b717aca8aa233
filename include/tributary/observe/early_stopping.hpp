// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/result.hpp>
#include <tributary/core/serialize.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/observe/detail/best_models.hpp>
#include <tributary/observe/observer.hpp>
#include <type_traits>
#include <vector>

namespace tributary::inline v0_1 {

/// Stops the run when a measure of the center has not decreased for a while, and returns the best
/// measured center:
///
///   EarlyStopping patience{.measure = [&](ConstView<float> center) { return …; }, .every = 100};
///
/// The center is measured once more at the end, even of a run that was not stopped. With
/// restore_best = false, train() returns the last center. scikit-learn (early_stopping of its MLP)
/// returns the best; XGBoost's boosters predict with the best iteration. Keras restores the best
/// with restore_best_weights = True only, and Lightning leaves it to a ModelCheckpoint.
///
/// The best center has the smallest value, for any min_delta: as in scikit-learn, min_delta affects
/// patience only. Keras and XGBoost do not keep a center that is better by less. As in Keras, a
/// value is compared with that of the last gain, so small steps add up to a gain.
///
/// Over Tcp the hub restores the best center; train() in the other processes returns the last one.
/// A hub's checkpoint has the best center, in double, and the rest of the observer's state.
///
/// No commit is merged during a measurement. For a net with BatchNorm, measure the calibrated()
/// center. For an ensemble, the value is the mean over its members, which are restored together. A
/// NaN throws std::runtime_error.
template <class F>
struct EarlyStopping {
  F measure;             ///< double(ConstView<S> center), such as a validation loss.
  int every = 100;       ///< Merges between two measurements.
  int patience = 5;      ///< Measurements in a row without a gain until the run stops.
  double min_delta = 0;  ///< A gain is a value below that of the last gain by more than this.
  bool restore_best = true;

  double best = std::numeric_limits<double>::infinity();       ///< Smallest value of this run.
  double last_gain = std::numeric_limits<double>::infinity();  ///< Value of the last gain.
  /// Measurements since the last gain.
  int without_gain = 0;
  std::uint64_t version = 0;                     ///< Merges so far.
  std::uint64_t best_version = 0;                ///< Merges at the best measurement.
  std::vector<Vector<double>> best_models = {};  ///< The center, or the members of an ensemble.
  Index parameters = 0;                          ///< Size of each.

  void on(const Started& run) {
    require(every >= 1, "EarlyStopping::every", every, "at least 1");
    require(patience >= 1, "EarlyStopping::patience", patience, "at least 1");
    require(min_delta >= 0, "EarlyStopping::min_delta", min_delta, "not negative");
    best = last_gain = std::numeric_limits<double>::infinity();
    without_gain = 0;
    version = best_version = 0;
    best_models.clear();
    parameters = run.parameters;
  }
  template <Real S>
  Flow on(const Merged<S>& m) {
    static_assert(
        detail::measures<F, S>,
        "tributary: EarlyStopping::measure must be a double(ConstView<S>) with S of the model");
    version = m.version;
    if (version % static_cast<std::uint64_t>(every) != 0) return Flow::proceed;
    if (gains(m.center, m.members)) {
      without_gain = 0;
    } else if (++without_gain >= patience) {
      return Flow::stop;
    }
    return Flow::proceed;
  }
  /// See ChoosesResult.
  template <Real S>
  void choose(std::vector<Vector<S>>& models) {
    if (!restore_best) return;
    if (version % static_cast<std::uint64_t>(every) != 0)  // otherwise it was measured
      gains(ConstView<S>{models.front()}, detail::members_of(models));
    if (best_models.size() != models.size()) return;  // no value was below infinity
    for (std::size_t i = 0; i < models.size(); ++i) models[i] = best_models[i].template cast<S>();
  }
  /// See KeepsState.
  void save(std::vector<std::byte>& to) const {
    detail::save_models(to, best_models);
    save_state(to, best, last_gain, without_gain, version, best_version);
  }
  Status restore(std::span<const std::byte>& from) {
    Status status = detail::restore_models(from, best_models, parameters);
    if (!status) return status;
    status = restore_state(from, best, last_gain, without_gain, version, best_version);
    if (status && (is_nan(best) || is_nan(last_gain) || without_gain < 0))
      return Errc::out_of_range;
    if (restore_best && best_models.empty())  // restore_best was false: the best center is unknown
      best = std::numeric_limits<double>::infinity();
    return status;
  }

 private:
  template <Real S>
  bool gains(ConstView<S> center, std::span<const Vector<S>> members) {
    const double now = detail::measure_number("EarlyStopping", measure, center, members, version);
    if (now < best) {
      best = now;
      best_version = version;
      if (restore_best) best_models = detail::copied_models(center, members);
    }
    if (!(now < last_gain - min_delta)) return false;
    last_gain = now;
    return true;
  }
};

}  // namespace tributary::inline v0_1
