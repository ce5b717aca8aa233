#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <tributary/core/random.hpp>
#include <tributary/data/events.hpp>
#include <tributary/model/model.hpp>

namespace tributary {

/// Normal features, no labels yet.
inline EventBatch<double> random_batch(Index features, Index events, Seed seed) {
  EventBatch<double> batch;
  batch.features.resize(features, events);
  Rng rng = seed.rng();
  for (double& value : batch.features.reshaped()) value = normal(rng);
  return batch;
}

/// First parameters of a net.
template <class Net>
Vector<typename Net::Scalar> initial(const Net& net, Seed seed = {1}) {
  Vector<typename Net::Scalar> parameters(net.parameter_count());
  Rng rng = seed.rng();
  net.initialize(parameters, rng);
  return parameters;
}

/// Compares each component of the gradient with a central difference of the loss.
template <class M>
void check_gradient(M& model, Vector<double> at, const EventBatch<double>& batch) {
  const auto evaluate = [&](Vector<double>& gradient) {
    if constexpr (Stochastic<M>) model.reseed(Seed{11});  // the same mask each time
    return model.loss_and_gradient(at, batch, gradient);
  };
  Vector<double> gradient(at.size()), ignored(at.size());
  evaluate(gradient);
  constexpr double step = 1e-5;
  double worst = 0;
  for (Index i = 0; i < at.size(); ++i) {
    const double value = at[i];
    at[i] = value + step;
    const double above = evaluate(ignored);
    at[i] = value - step;
    const double below = evaluate(ignored);
    at[i] = value;
    worst = std::max(worst, std::abs((above - below) / (2 * step) - gradient[i]));
  }
  CHECK(gradient.norm() > 0);
  CHECK(worst < 1e-8 * std::max(1.0, gradient.cwiseAbs().maxCoeff()));
}

}  // namespace tributary
