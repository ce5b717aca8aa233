#pragma once

#include <cstddef>
#include <limits>
#include <tributary/transport/simulated.hpp>

#include "support/problems.hpp"
#include "support/rules.hpp"

namespace tributary::test {

/// |center| after `rounds` steps of each worker; infinite if the run diverges.
template <class M, class T, class... Policies>
double distance(const M& model, const T& transport, int rounds, const Policies&... policies) {
  const Noise data{.rows = static_cast<std::size_t>(rounds * transport.workers)};
  try {
    return Trainer{model, transport, policies...}
        .train(data, {.batch_size = 1})
        .parameters()
        .norm();
  } catch (const TrainingDiverged&) {
    return std::numeric_limits<double>::infinity();
  }
}

}  // namespace tributary::test
