// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string_view>
#include <tributary/core/vector.hpp>
#include <tributary/model/head.hpp>

namespace tributary::inline v0_1 {

/// Scores z, loss the mean over outputs of max(0, 1 − s z), where s is +1 for a target above 0 and
/// −1 otherwise. Targets may be ±1, or 0 and 1 like labels. Cortes, Vapnik, 1995.
struct Hinge {
  static constexpr std::string_view target_range = "-1, 0 or 1";
  static constexpr bool accepts(double target) {
    return target == -1 || target == 0 || target == 1;
  }

  template <Real S>
  Loss loss(std::span<const S> z, const Target<S>& target, std::span<S> dz) const {
    const auto outputs = static_cast<S>(z.size());
    S loss = 0;
    for (std::size_t k = 0; k < z.size(); ++k) {
      const S sign = target[k] > 0 ? S{1} : S{-1};
      const S margin = 1 - sign * z[k];
      loss += std::max(margin, S{0});
      dz[k] = margin > 0 ? -sign / outputs : S{0};
    }
    return static_cast<Loss>(loss / outputs);
  }
  template <Real S>
  void activate(std::span<S>) const noexcept {}
  template <Real S>
  bool hit(std::span<const S> z, const Target<S>& target) const {
    return detail::same_class<S>(z, 0, target, 0);
  }
};

}  // namespace tributary::inline v0_1
