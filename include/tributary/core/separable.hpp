// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tributary::inline v0_1 {

/// A part of an algorithm that treats each number of a vector as if it were alone: one copy of the
/// part a segment does, bit for bit, what one does for the whole vector. It says so itself:
///
///   static constexpr bool separable = true;
///
/// What takes a norm, or draws random numbers, is not.
template <class Part>
concept Separable = requires {
  requires Part::separable;
};

}  // namespace tributary::inline v0_1
