// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/core/vector.hpp>
#include <tributary/model/padding.hpp>

// Declares all elements of a Sequential, for code that only needs the type of a net. The included
// headers throw nothing, so a file compiled with -fno-exceptions may include this one.

namespace tributary::inline v0_1 {

template <Real S, class... Elements>
class Sequential;

template <int In, int Out>
struct Dense;
template <int Height, int Width, int Channels>
struct Image;
template <int Filters, int Kernel, int Stride = 1, Padding Border = Padding::valid>
struct Conv2D;
template <int Size, int Stride = Size>
struct MaxPool2D;
template <int Size, int Stride = Size>
struct AveragePool2D;
struct Flatten;
struct BatchNorm;
struct Dropout;
template <class L>
struct Frozen;

struct Linear;
struct Relu;
struct LeakyRelu;
struct Elu;
struct Tanh;
struct Sigmoid;
struct HardSigmoid;
struct Swish;
struct Softplus;
struct Softmax;

struct SoftmaxCrossEntropy;
struct SigmoidCrossEntropy;
struct MeanSquaredError;
struct MeanAbsoluteError;
struct Hinge;

namespace detail {
template <class L>
struct ThawedLayer {
  using Type = L;
};
template <class L>
struct ThawedLayer<Frozen<L>> {
  using Type = L;
};
/// The layer itself, without Frozen.
template <class L>
using Thawed = typename ThawedLayer<L>::Type;

template <class L>
L& thawed(L& layer) noexcept {
  return layer;  // NOLINT(bugprone-return-const-ref-from-parameter)
}
template <class L>
L& thawed(Frozen<L>& frozen) noexcept {
  return frozen.layer;
}
template <class L>
const L& thawed(const Frozen<L>& frozen) noexcept {
  return frozen.layer;
}
}  // namespace detail

}  // namespace tributary::inline v0_1
