#pragma once

#include <cstddef>
#include <limits>
#include <tributary/core/finite.hpp>
#include <tributary/core/random.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/preprocessing.hpp>

namespace tributary::detail {

/// Events that ride along with a model to test it, features × 5: usual ones once they are scaled.
/// If features may be missing, every other one is in the last event but one, and each in the last,
/// in both ways to say so by turns.
template <Real S>
Matrix<S> test_events(const Preprocessing& preprocessing, Index inputs) {
  Matrix<S> events(inputs, 5);
  Rng rng = Seed{1}.rng();
  for (Index event = 0; event < events.cols(); ++event) {
    for (Index i = 0; i < inputs; ++i) {
      double feature = normal(rng);
      if (!preprocessing.offset.empty()) {
        const auto k = static_cast<std::size_t>(i);
        const double scale = preprocessing.scale[k];
        feature = feature / (scale == 0 ? 1 : scale) - preprocessing.offset[k];
      }
      events(i, event) = static_cast<S>(feature);
    }
  }
  if (preprocessing.defaults.empty()) return events;
  for (Index i = 0; i < inputs; ++i) {
    if (is_nan(preprocessing.defaults[static_cast<std::size_t>(i)])) continue;
    const S none =
        i % 4 < 2 ? std::numeric_limits<S>::quiet_NaN() : static_cast<S>(preprocessing.missing);
    if (i % 2 == 0) events(i, 3) = none;
    events(i, 4) = none;
  }
  return events;
}

}  // namespace tributary::detail
