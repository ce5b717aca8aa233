// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <tributary/core/vector.hpp>
#include <tributary/model/head.hpp>

namespace tributary::inline v0_1 {

/// Scores z, loss the mean over outputs of (z − t)².
struct MeanSquaredError {
  template <Real S>
  Loss loss(std::span<const S> z, const Target<S>& target, std::span<S> dz) const {
    const auto outputs = static_cast<S>(z.size());
    S loss = 0;
    for (std::size_t k = 0; k < z.size(); ++k) {
      const S difference = z[k] - target[k];
      loss += difference * difference;
      dz[k] = 2 * difference / outputs;
    }
    return static_cast<Loss>(loss / outputs);
  }
  template <Real S>
  void activate(std::span<S>) const noexcept {}
};

/// Scores z, loss the mean over outputs of |z − t|.
struct MeanAbsoluteError {
  template <Real S>
  Loss loss(std::span<const S> z, const Target<S>& target, std::span<S> dz) const {
    const auto outputs = static_cast<S>(z.size());
    S loss = 0;
    for (std::size_t k = 0; k < z.size(); ++k) {
      const S difference = z[k] - target[k];
      loss += std::abs(difference);
      dz[k] = static_cast<S>((difference > 0) - (difference < 0)) / outputs;
    }
    return static_cast<Loss>(loss / outputs);
  }
  template <Real S>
  void activate(std::span<S>) const noexcept {}
};

}  // namespace tributary::inline v0_1
