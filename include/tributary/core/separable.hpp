// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tributary::inline v0_1 {

/// A part of an algorithm that treats each element of a vector independently. One copy of the part
/// for each segment then gives the same bits as one for the whole vector. The part declares this:
///
///   static constexpr bool separable = true;
///
/// A part that computes a norm or draws random numbers is not separable.
template <class Part>
concept Separable = requires {
  requires Part::separable;
};

}  // namespace tributary::inline v0_1
