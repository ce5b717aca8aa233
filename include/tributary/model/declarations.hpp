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

}  // namespace tributary::inline v0_1
