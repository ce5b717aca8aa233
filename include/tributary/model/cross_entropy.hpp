// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <string_view>
#include <tributary/core/vector.hpp>
#include <tributary/model/head.hpp>

namespace tributary::inline v0_1 {

/// Scores p = softmax(z), loss −Σₖ tₖ ln pₖ. The target t is a label or a (soft) one-hot vector.
/// Computed as Σₖ tₖ (ln Σⱼ e^(zⱼ−m) − (zₖ−m)), m = max z: no exponential overflows.
struct SoftmaxCrossEntropy {
  static constexpr Index least_outputs = 2;
  static constexpr std::string_view target_range = "in [0, 1]";
  static constexpr bool accepts(double target) { return target >= 0 && target <= 1; }

  template <Real S>
  Loss loss(std::span<const S> z, const Target<S>& target, std::span<S> dz) const {
    std::copy(z.begin(), z.end(), dz.begin());
    const LogSum<S> log_sum = normalize(dz);
    S loss = 0, total = 0;
    for (std::size_t k = 0; k < z.size(); ++k) {
      loss += target[k] * (log_sum.log - (z[k] - log_sum.max));
      total += target[k];
    }
    for (std::size_t k = 0; k < z.size(); ++k) dz[k] = total * dz[k] - target[k];
    return static_cast<Loss>(loss);
  }
  template <Real S>
  void activate(std::span<S> z) const noexcept {
    normalize(z);
  }
  template <Real S>
  bool hit(std::span<const S> z, const Target<S>& target) const {
    return detail::same_class<S>(z, 0, target, 0);
  }

 private:
  template <Real S>
  struct LogSum {
    S max, log;  ///< ln Σ e^z = max + log
  };
  /// Overwrites z by softmax(z).
  template <Real S>
  static LogSum<S> normalize(std::span<S> z) noexcept {
    const S max = *std::max_element(z.begin(), z.end());
    S sum = 0;
    for (S& value : z) sum += value = std::exp(value - max);
    for (S& value : z) value /= sum;
    return {max, std::log(sum)};
  }
};

/// Scores p = σ(z), loss the mean over outputs of −t ln p − (1 − t) ln(1 − p). The targets are
/// labels 0 and 1 for one output, or one value for each of several outputs.
/// Computed as max(z, 0) − t z + ln(1 + e^−|z|): no exponential overflows.
struct SigmoidCrossEntropy {
  static constexpr std::string_view target_range = "in [0, 1]";
  static constexpr bool accepts(double target) { return target >= 0 && target <= 1; }

  template <Real S>
  Loss loss(std::span<const S> z, const Target<S>& target, std::span<S> dz) const {
    const auto outputs = static_cast<S>(z.size());
    S loss = 0;
    for (std::size_t k = 0; k < z.size(); ++k) {
      loss += std::max(z[k], S{0}) - target[k] * z[k] + std::log1p(std::exp(-std::abs(z[k])));
      dz[k] = (sigmoid(z[k]) - target[k]) / outputs;
    }
    return static_cast<Loss>(loss / outputs);
  }
  template <Real S>
  void activate(std::span<S> z) const noexcept {
    for (S& value : z) value = sigmoid(value);
  }
  template <Real S>
  bool hit(std::span<const S> z, const Target<S>& target) const {
    return detail::same_class<S>(z, 0, target, S{0.5});
  }

 private:
  template <Real S>
  static S sigmoid(S z) noexcept {
    const S small = std::exp(-std::abs(z));  // in (0, 1], for either sign of z
    return (z < 0 ? small : 1) / (1 + small);
  }
};

}  // namespace tributary::inline v0_1
