#pragma once

#include <tributary/model/declarations.hpp>

/// Sorts jets of 16 features into 5 classes. The two programs know all sizes when they are compiled.
using Net =
    tributary::Sequential<float, tributary::Dense<16, 64>, tributary::Relu,
                          tributary::Dense<64, 32>, tributary::Relu, tributary::Dense<32, 32>,
                          tributary::Relu, tributary::Dense<32, 5>, tributary::SoftmaxCrossEntropy>;
