#pragma once

#include <tributary/core/vector.hpp>
#include <tributary/data/events.hpp>
#include <tributary/model/model.hpp>

#include <cstddef>
#include <span>

namespace tributary::test {

/// Every step adds exactly 1 to each parameter, by Sgd{.learning_rate = 1}: the parameters of a
/// center that adds progress up count the steps in it.
struct Counter {
  using Scalar = float;
  using Batch = std::size_t;
  Index parameters = 3;

  Index parameter_count() const { return parameters; }
  void initialize(View<float> out, Rng&) const { out.setZero(); }
  Loss loss_and_gradient(ConstView<float>, std::size_t, View<float> gradient) const {
    gradient.setConstant(-1);
    return 0;
  }
};
static_assert(Model<Counter>);

/// Rows for the counting model.
struct Rows {
  using Batch = std::size_t;
  std::size_t rows = 0;

  std::size_t size() const { return rows; }
  void gather(std::span<const std::size_t> some, std::size_t& count) const { count = some.size(); }
};

}  // namespace tributary::test
