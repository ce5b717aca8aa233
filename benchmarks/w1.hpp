#pragma once

#include <tributary/tributary.hpp>

/// Workload W1: the net 30-500-500-2 with dropout, trained by Adagrad.
namespace w1 {

inline auto net() {
  using namespace tributary;
  return Sequential{Dense<30, 500>{}, Relu{},          Dropout{.rate = 0.4f}, Dense<500, 500>{},
                    Relu{},           Dense<500, 2>{}, SoftmaxCrossEntropy{}};
}
inline constexpr tributary::Adagrad optimizer{.learning_rate = 1e-3};

/// The operations of a sample: the three layers' products, again for the gradients of their
/// weights, and again for those of their inputs, except for the first.
inline constexpr double gigaflop_per_sample =
    2e-9 * (2 * (30 * 500 + 500 * 500 + 500 * 2) + 500 * 500 + 500 * 2);

/// As good as any data for speed.
inline tributary::Events noise(tributary::Index events) {
  using namespace tributary;
  Events data{.features = Matrix<float>(30, events)};
  Rng rng = Seed{1}.rng();
  for (float& x : data.features.reshaped()) x = static_cast<float>(normal(rng));
  for (Index i = 0; i < events; ++i) data.labels.push_back(static_cast<int>(rng() % 2));
  return data;
}

}  // namespace w1
