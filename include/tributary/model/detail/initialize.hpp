// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/core/random.hpp>

namespace tributary::inline v0_1::detail {

/// A model or a layer's part that initializes its parameters.
template <class T, class Out>
concept Initializes = requires(const T& of, Out out, Rng& rng) {
  of.initialize(out, rng);
};
/// The same with the spelling of version 0.1.
template <class T, class Out>
concept Initialises = !Initializes<T, Out> && requires(const T& of, Out out, Rng& rng) {
  of.initialise(out, rng);
};

template <class T, class Out>
requires Initializes<T, Out>
void initialize(const T& of, Out out, Rng& rng) { of.initialize(out, rng); }
template <class T, class Out>
requires Initialises<T, Out>
[[deprecated("tributary: initialise() is initialize() now")]] void initialize(const T& of, Out out,
                                                                              Rng& rng) {
  of.initialise(out, rng);
}

}  // namespace tributary::inline v0_1::detail
