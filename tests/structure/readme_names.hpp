#pragma once

// The names that the README's and the docs' bodies of functions know.
#include <iostream>
#include <tributary/inference/json.hpp>
#include <tributary/inference/lwtnn.hpp>
#include <tributary/observe/json.hpp>
#include <tributary/transport/tcp.hpp>
#include <tributary/tributary.hpp>

using namespace tributary;

inline Sequential net{Dense<30, 2>{}, SoftmaxCrossEntropy{}};
inline const Trained<decltype(net)> trained{net, {}, {}};
inline const Preprocessing preprocessing;
inline const Events data, training;
inline const Downpour rule;
inline const Sgd optimizer;
inline const TrainOptions options;
inline const Vector<float> parameters;
inline const bool is_hub = true;
