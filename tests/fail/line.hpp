#pragma once

#include <tributary/tributary.hpp>

using namespace tributary;

/// The least that is a model.
struct Line {
  using Scalar = float;
  using Batch = EventBatch<float>;
  Index parameter_count() const { return 1; }
  void initialize(View<float>, Rng&) const {}
  Loss loss_and_gradient(ConstView<float>, const Batch&, View<float>) const { return 0; }
};
