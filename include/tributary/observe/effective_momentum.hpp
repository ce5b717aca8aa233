// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <deque>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/observe/observer.hpp>

namespace tributary::inline v0_1 {

/// Estimates the effective momentum μ of the center, due to its optimizer and to asynchrony
/// together. From the path of the center it takes the μ and κ for which
///
///   θ_{t+1} − θ_t = μ (θ_t − θ_{t−1}) − κ ∇f(θ_t)
///
/// holds on average (Mitliagkas et al., arXiv:1605.09774, Theorem 3: μ = 1 − 1/M for SGD by M
/// workers with exponential times, RunReport::implicit_momentum()). As the steps are noisy, a least
/// squares fit would underestimate μ. The two equations are products with ∇f(θ_{t−1}) and
/// ∇f(θ_{t−1−lag}), which are independent of the noise of the steps t and t + 1.
///
///   EffectiveMomentum momentum{.gradient = [&](ConstView<float> center, View<float> out) {…}};
///
/// `gradient` is that of all data or a large part of it. It is computed once a merge. Ten thousand
/// merges give μ with an error of some hundredths, for asynchronous rules that commit progress.
template <class F>
struct EffectiveMomentum {
  F gradient;   ///< void(ConstView<S> center, View<S> out)
  int lag = 4;  ///< Merges between the two past gradients.

  std::deque<Vector<double>> steps = {}, gradients = {};  ///< Latest first.
  Vector<double> center = {};
  std::array<std::array<double, 3>, 2> equations = {};  ///< a μ + b κ = c
  int products = 0;                                     ///< Number of terms in each sum.

  /// μ; NaN if the path does not determine it, and before a hundred merges, which give only noise.
  double estimate() const {
    if (products < 100) return std::numeric_limits<double>::quiet_NaN();
    const auto [a, b, c] = equations[0];
    const auto [d, e, f] = equations[1];
    const double determinant = a * e - b * d;
    return determinant == 0 ? std::numeric_limits<double>::quiet_NaN()
                            : (c * e - b * f) / determinant;
  }

  void on(const Started& run) {
    require(lag >= 1, "EffectiveMomentum::lag", lag, "at least 1");
    steps.clear();
    gradients.clear();
    equations = {};
    products = 0;
    center.setZero(run.parameters);
  }
  template <Real S>
  void on(const Merged<S>& m) {
    static_assert(
        std::invocable<F&, ConstView<S>, View<S>>,
        "tributary: EffectiveMomentum::gradient must take (ConstView<S>, View<S>) with S of "
        "the model");
    if (!m.members.empty())
      throw std::invalid_argument{"EffectiveMomentum: the members of an ensemble have no center"};
    if (m.averaged)
      throw std::invalid_argument{
          "EffectiveMomentum: a MovingAverage shows no path of the center; use its rule alone"};
    Vector<S> slope(m.center.size());
    gradient(m.center, slope);
    const Vector<double> now = m.center.template cast<double>();
    steps.emplace_front(now - center);
    gradients.emplace_front(slope.template cast<double>());
    center = now;
    if (std::ssize(steps) < lag + 4) return;  // the first step has no start
    steps.pop_back();
    gradients.pop_back();
    products = std::min(products + 1, 100);
    for (std::size_t i = 0; i < 2; ++i) {
      const Vector<double>& past = i == 0 ? gradients[2] : gradients.back();
      equations[i][0] += steps[1].dot(past);
      equations[i][1] -= gradients[1].dot(past);
      equations[i][2] += steps[0].dot(past);
    }
  }
};

}  // namespace tributary::inline v0_1
