// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
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
#include <vector>

namespace tributary::inline v0_1 {

namespace detail {
struct WritesNothing {
  void operator()(const auto&) const {}
};
}  // namespace detail

/// Keeps the measured center with the smallest value, and passes each new best one to `write`, for
/// instance to write it as a model file, which is replaced atomically:
///
///   SaveBest best{.measure = [&](ConstView<float> center) { return …; },
///                 .write = [&](std::span<const Vector<float>> models) {
///                   save_model("best.json", SavedModel{net, models.front(), preprocessing});
///                 }};
///
/// `models` is the center alone, or the members of an ensemble. train() returns its result as
/// without this observer; EarlyStopping with a large `patience` returns the best center instead. The
/// center is measured once more at the end.
///
/// No commit is merged during `measure` and `write`. For a net with BatchNorm, use the calibrated()
/// center in both. For an ensemble, the value is the mean over its members. A NaN throws
/// std::runtime_error, and an exception of `write` ends the run as that of any observer. A checkpoint
/// has the best center, in double, and its value.
template <class F, class Write = detail::WritesNothing>
struct SaveBest {
  F measure;         ///< double(ConstView<S> center), such as a validation loss.
  int every = 100;   ///< Merges between two measurements.
  Write write = {};  ///< void(std::span<const Vector<S>> models).

  double best = std::numeric_limits<double>::infinity();  ///< Smallest value of this run.
  std::uint64_t version = 0;                              ///< Merges so far.
  std::uint64_t best_version = 0;                         ///< Merges at the best measurement.
  std::vector<Vector<double>> best_models = {};  ///< The center, or the members of an ensemble.
  Index parameters = 0;                          ///< Size of each.

  void on(const Started& run) {
    require(every >= 1, "SaveBest::every", every, "at least 1");
    best = std::numeric_limits<double>::infinity();
    version = best_version = 0;
    best_models.clear();
    parameters = run.parameters;
  }
  template <Real S>
  void on(const Merged<S>& m) {
    static_assert(
        detail::measures<F, S>,
        "tributary: SaveBest::measure must be a double(ConstView<S>) with S of the model");
    version = m.version;
    if (version % static_cast<std::uint64_t>(every) == 0) measure_now(m.center, m.members);
  }
  /// Measures the last center. Leaves the result unchanged. See ChoosesResult.
  template <Real S>
  void choose(std::vector<Vector<S>>& models) {
    if (version % static_cast<std::uint64_t>(every) != 0)  // otherwise it was measured
      measure_now(ConstView<S>{models.front()}, detail::members_of(models));
  }
  /// See KeepsState.
  void save(std::vector<std::byte>& to) const {
    detail::save_models(to, best_models);
    save_state(to, best, version, best_version);
  }
  Status restore(std::span<const std::byte>& from) {
    Status status = detail::restore_models(from, best_models, parameters);
    if (!status) return status;
    status = restore_state(from, best, version, best_version);
    if (status && is_nan(best)) return Errc::out_of_range;
    return status;
  }

 private:
  template <Real S>
  void measure_now(ConstView<S> center, std::span<const Vector<S>> members) {
    static_assert(std::invocable<Write&, std::span<const Vector<S>>>,
                  "tributary: SaveBest::write must be a void(std::span<const Vector<S>>) with S of "
                  "the model");
    const double now = detail::measure_number("SaveBest", measure, center, members, version);
    if (!(now < best)) return;
    best = now;
    best_version = version;
    best_models = detail::copied_models(center, members);
    if constexpr (!std::same_as<Write, detail::WritesNothing>) {
      if (members.empty()) {
        const Vector<S> one = center;
        write(std::span<const Vector<S>>{&one, 1});
      } else {
        write(members);
      }
    }
  }
};

}  // namespace tributary::inline v0_1
