// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/result.hpp>
#include <tributary/core/serialize.hpp>
#include <tributary/observe/observer.hpp>
#include <type_traits>
#include <vector>

namespace tributary::inline v0_1 {

/// Ends the run when what is measured on the center has not become smaller for a while, and gives
/// back the best center that was measured:
///
///   EarlyStopping patience{.measure = [&](ConstView<float> center) { return …; }, .every = 100};
///
/// It measures once more at the end, also of a run that ends by itself. With restore_best = false
/// train() returns the last center. scikit-learn (early_stopping of its MLP) returns the best; of
/// XGBoost's boosters predictions take the best iteration; Keras does so with
/// restore_best_weights = True only, and Lightning leaves it to a ModelCheckpoint.
///
/// The best center is the one of the smallest value, whatever min_delta is: as in scikit-learn, that
/// only decides about patience. In Keras and XGBoost a center better by less is not kept. A value is
/// compared with that of the last gain, as in Keras, so small steps add up to a gain.
///
/// Over Tcp the hub restores; train() of the other processes returns the last center. A hub's
/// checkpoint holds the best center, in double, and all else that was measured.
///
/// No commit is merged while it measures. Of a net with BatchNorm measure the calibrated() center. Of
/// an ensemble it takes the mean of what is measured of its members, and restores them together. A
/// measure that returns NaN is an error.
template <class F>
struct EarlyStopping {
  F measure;             ///< double(ConstView<S> center), a validation loss for instance.
  int every = 100;       ///< Merges between two measurements.
  int patience = 5;      ///< Measurements in a row without a gain before the run ends.
  double min_delta = 0;  ///< A gain is smaller than the last gain by more than this.
  bool restore_best = true;

  double best = std::numeric_limits<double>::infinity();       ///< So far in this run.
  double last_gain = std::numeric_limits<double>::infinity();  ///< The value then,
  int without_gain = 0;                                        ///< and measurements since.
  std::uint64_t version = 0;                                   ///< Merges so far,
  std::uint64_t best_version = 0;                              ///< and at the best measurement.
  std::vector<Vector<double>> best_models = {};  ///< The center, or the members of an ensemble.
  Index parameters = 0;                          ///< Of each.

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
        "tributary: EarlyStopping::measure is no double(ConstView<S>), S as in the model");
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
    if (version % static_cast<std::uint64_t>(every) != 0) {  // else it was measured
      const bool one = models.size() == 1;
      gains(ConstView<S>{models.front()},
            one ? std::span<const Vector<S>>{} : std::span<const Vector<S>>{models});
    }
    if (best_models.size() != models.size()) return;  // nothing was smaller than infinity
    for (std::size_t i = 0; i < models.size(); ++i) models[i] = best_models[i].template cast<S>();
  }
  /// See KeepsState.
  void save(std::vector<std::byte>& to) const {
    save_state(to, std::uint64_t{best_models.size()}, best_models, best, last_gain, without_gain,
               version, best_version);
  }
  Status restore(std::span<const std::byte>& from) {
    std::uint64_t models = 0;
    const auto bytes = sizeof(double) * (1 + static_cast<std::size_t>(parameters));
    if (!restore_state(from, models) || models > from.size() / bytes) return Errc::size_mismatch;
    best_models.assign(models, Vector<double>::Zero(parameters));
    const Status status =
        restore_state(from, best_models, best, last_gain, without_gain, version, best_version);
    if (status && (is_nan(best) || is_nan(last_gain) || without_gain < 0))
      return Errc::out_of_range;
    if (restore_best && best_models.empty())  // was not so before: the best center is not known
      best = std::numeric_limits<double>::infinity();
    return status;
  }

 private:
  template <Real S>
  bool gains(ConstView<S> center, std::span<const Vector<S>> members) {
    const double now = detail::measure_models(measure, center, members);
    if (is_nan(now))
      throw std::runtime_error{"EarlyStopping::measure is NaN after merge " +
                               std::to_string(version) +
                               "; of a net with BatchNorm measure the calibrated() center"};
    if (now < best) {
      best = now;
      best_version = version;
      if (restore_best) keep(center, members);
    }
    if (!(now < last_gain - min_delta)) return false;
    last_gain = now;
    return true;
  }
  template <Real S>
  void keep(ConstView<S> center, std::span<const Vector<S>> members) {
    best_models.clear();
    for (const Vector<S>& member : members) best_models.push_back(member.template cast<double>());
    if (members.empty()) best_models.push_back(center.template cast<double>());
  }
};

}  // namespace tributary::inline v0_1
