// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <span>
#include <tributary/core/random.hpp>
#include <tributary/core/vector.hpp>

namespace tributary::inline v0_1 {

/// Distribution of the initial weights of a layer, with mean 0 and this variance:
///   glorot  2 / (inputs + outputs)   Glorot, Bengio, AISTATS 2010, eq. 12 and 16
///   he      2 / inputs               He et al., ICCV 2015, arXiv:1502.01852, eq. 10
///   lecun   1 / inputs               LeCun et al., "Efficient BackProp", 1998, eq. 16
/// Normal is not truncated, as in the papers (Keras truncates it at two standard deviations).
enum class Initialization {
  glorot_uniform,
  glorot_normal,
  he_uniform,
  he_normal,
  lecun_uniform,
  lecun_normal,
};

/// The variance of the weights of a layer with these numbers of inputs and outputs.
constexpr double variance(Initialization initialization, double inputs, double outputs) noexcept {
  switch (initialization) {
    case Initialization::glorot_uniform:
    case Initialization::glorot_normal:
      return 2 / (inputs + outputs);
    case Initialization::he_uniform:
    case Initialization::he_normal:
      return 2 / inputs;
    case Initialization::lecun_uniform:
    case Initialization::lecun_normal:
      break;
  }
  return 1 / inputs;
}

constexpr bool is_normal(Initialization initialization) noexcept {
  return initialization == Initialization::glorot_normal ||
         initialization == Initialization::he_normal ||
         initialization == Initialization::lecun_normal;
}

/// Overwrites the weights of a layer with these numbers of inputs and outputs.
template <Real S>
void draw_weights(Initialization initialization, Index inputs, Index outputs, std::span<S> weights,
                  Rng& rng) {
  const double deviation = std::sqrt(
      variance(initialization, static_cast<double>(inputs), static_cast<double>(outputs)));
  const double limit = deviation * std::sqrt(3.0);  // for the uniform distribution
  for (S& weight : weights) {
    weight = static_cast<S>(is_normal(initialization) ? deviation * normal(rng)
                                                      : limit * (2 * uniform(rng) - 1));
  }
}

}  // namespace tributary::inline v0_1
