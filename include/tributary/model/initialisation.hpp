#pragma once

#include <cmath>
#include <span>
#include <tributary/core/random.hpp>
#include <tributary/core/vector.hpp>

namespace tributary {

/// How the weights of a layer are drawn, with mean 0 and this variance:
///   glorot  2 / (inputs + outputs)   Glorot, Bengio, AISTATS 2010, eq. 12 and 16
///   he      2 / inputs               He et al., ICCV 2015, arXiv:1502.01852, eq. 10
///   lecun   1 / inputs               LeCun et al., "Efficient BackProp", 1998, eq. 16
/// Normal is not truncated, as in the papers (Keras cuts it at two standard deviations).
enum class Initialisation {
  glorot_uniform,
  glorot_normal,
  he_uniform,
  he_normal,
  lecun_uniform,
  lecun_normal,
};

/// The variance of the weights of a layer with so many inputs and outputs.
constexpr double variance(Initialisation initialisation, double inputs, double outputs) noexcept {
  switch (initialisation) {
    case Initialisation::glorot_uniform:
    case Initialisation::glorot_normal:
      return 2 / (inputs + outputs);
    case Initialisation::he_uniform:
    case Initialisation::he_normal:
      return 2 / inputs;
    case Initialisation::lecun_uniform:
    case Initialisation::lecun_normal:
      break;
  }
  return 1 / inputs;
}

constexpr bool is_normal(Initialisation initialisation) noexcept {
  return initialisation == Initialisation::glorot_normal ||
         initialisation == Initialisation::he_normal ||
         initialisation == Initialisation::lecun_normal;
}

/// Overwrites the weights of a layer with so many inputs and outputs.
template <Real S>
void draw_weights(Initialisation initialisation, Index inputs, Index outputs, std::span<S> weights,
                  Rng& rng) {
  const double deviation = std::sqrt(
      variance(initialisation, static_cast<double>(inputs), static_cast<double>(outputs)));
  const double limit = deviation * std::sqrt(3.0);  // of the uniform distribution of this variance
  for (S& weight : weights) {
    weight = static_cast<S>(is_normal(initialisation) ? deviation * normal(rng)
                                                      : limit * (2 * uniform(rng) - 1));
  }
}

}  // namespace tributary
