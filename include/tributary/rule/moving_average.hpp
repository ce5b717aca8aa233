// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/rule/update_rule.hpp>
#include <tuple>

namespace tributary::inline v0_1 {

/// The center half H, whose center is averaged over its merges.
template <Real S, CenterHalf<S> H>
struct AveragedCenter : H {
  static constexpr bool concurrent = false;  // two threads must not average one stripe
  double decay = 0.99;
  double rest = 1;  ///< decayⁿ after n merges.

  auto fields() { return std::tie(static_cast<H&>(*this), decay, rest); }
  auto fields() const { return std::tie(static_cast<const H&>(*this), decay, rest); }

  void average(View<S> mean, ConstView<S> center) {
    rest *= decay;
    const auto rate = static_cast<S>((1 - decay) / (1 - rest));
    if (rate == 1) {
      mean = center;
    } else {
      mean += rate * (center - mean);
    }
  }
};

/// The rule R, after which train() returns a moving average of the center in place of the last one:
///
///   MovingAverage{Downpour{.period = 5}, 0.99}
///
/// After n merges it is Σ decayⁿ⁻ⁱ θ̃ᵢ / Σ decayⁿ⁻ⁱ over the centers θ̃₁ … θ̃ₙ: an exponential moving
/// average over about 1 / (1 − decay) merges, without the initial parameters. Averages of late
/// iterates are usually better than the last one, and need less decay of the learning rate: Ajroldi,
/// Orvieto, Geiping, "When, Where and Why to Average Weights?", arXiv:2502.06761 (EMA; LAWA is the
/// mean of a window).
///
/// Workers continue from the center itself, so the training is that of R, bit for bit. Observers
/// such as Evaluate and EarlyStopping see the average, and processes without the center get it. It
/// costs one pass over the parameters a merge, and their memory once. Under Hogwild, threads then
/// merge one stripe after the other.
template <class R>
struct MovingAverage : R {
  double decay = 0.99;  ///< A merge, in [0, 1). 0: the last center.

  static std::string type_name() { return "MovingAverage"; }
  constexpr auto fields() { return std::tie(static_cast<R&>(*this), decay); }
  constexpr auto fields() const { return std::tie(static_cast<const R&>(*this), decay); }

  template <Real S, class... O>
  requires(UpdateRule<R, S> &&
           (sizeof...(O) ==
            (OptimizesAtCenter<R, S> ? 1 : 0))) auto make_center_half(const Vector<S>& initial,
                                                                      int workers,
                                                                      const O&... optimizer) const {
    using H = decltype(R::make_center_half(initial, workers, optimizer...));
    static_assert(!EnsembleCenter<H, S>,
                  "tributary: MovingAverage averages one center, and this rule keeps one model per "
                  "worker");
    return AveragedCenter<S, H>{R::make_center_half(initial, workers, optimizer...), decay};
  }
  void validate(int workers) const {
    R::validate(workers);
    require(decay >= 0 && decay < 1, "MovingAverage::decay", decay, "in [0, 1)");
  }
};
template <class R>
MovingAverage(R) -> MovingAverage<R>;
template <class R>
MovingAverage(R, double) -> MovingAverage<R>;

}  // namespace tributary::inline v0_1
