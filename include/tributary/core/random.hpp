// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <random>
#include <span>
#include <tuple>
#include <utility>

namespace tributary::inline v0_1 {

using Rng = std::mt19937_64;  ///< The standard defines the engine, but not the distributions.

/// Purpose of random numbers. Append only: the values are part of reproducibility.
enum class Stream : std::uint64_t {
  initialization = 1,  ///< Initial parameters.
  partition,           ///< Assignment of rows to workers.
  batches,             ///< The order of a worker's rows in each epoch.
  codec,
  simulation,
  model,       ///< A model's own randomness in training, such as dropout.
  split,       ///< Shuffling and splitting of data sets.
  importance,  ///< Permutations of features.
};

/// The only source of randomness of a run: Seed{42}.derive(Stream::batches, rank).rng(). An integer
/// converts to it: {.seed = 42}.
struct Seed {
  std::uint64_t value = 0;

  constexpr Seed() = default;
  template <std::integral T>
  requires(!std::same_as<T, bool>) constexpr Seed(T number) noexcept
      : value{static_cast<std::uint64_t>(number)} {}

  constexpr auto fields() { return std::tie(value); }
  constexpr auto fields() const { return std::tie(value); }

  constexpr Seed derive(Stream stream, int index = 0) const noexcept {
    return {mix(mix(value ^ mix(static_cast<std::uint64_t>(stream))) +
                static_cast<std::uint64_t>(index))};
  }
  Rng rng() const { return Rng{value}; }

  /// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
  static constexpr std::uint64_t mix(std::uint64_t x) noexcept {
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  }
};

/// Uniform in [0, 1), equal on every standard library.
inline double uniform(Rng& rng) { return static_cast<double>(rng() >> 11) * 0x1.0p-53; }

/// Exponential with mean 1.
inline double exponential(Rng& rng) { return -std::log1p(-uniform(rng)); }

/// Normal with mean 0 and variance 1 (Box, Muller 1958).
inline double normal(Rng& rng) {
  const double radius = std::sqrt(2 * exponential(rng));
  return radius * std::cos(2 * std::numbers::pi * uniform(rng));
}

/// Fisher and Yates' shuffle, equal on every standard library.
template <class T>
void shuffle(std::span<T> values, Rng& rng) {
  for (std::size_t i = values.size(); i > 1; --i) {
    std::swap(values[i - 1],
              values[static_cast<std::size_t>(uniform(rng) * static_cast<double>(i))]);
  }
}

}  // namespace tributary::inline v0_1
