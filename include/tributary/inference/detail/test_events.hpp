// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <limits>
#include <numeric>
#include <tributary/core/finite.hpp>
#include <tributary/core/random.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/preprocessing.hpp>
#include <vector>

namespace tributary::inline v0_1::detail {

/// Events that are stored with a model to test it, features × events. The first ones are typical
/// after scaling. Then follow events with missing features, once for each mark of "missing": every
/// other feature with a default is missing, then all of these; then the same for features without a
/// default, where scores are NaN. In the last event all features are missing.
template <Real S>
Matrix<S> test_events(const Preprocessing& preprocessing, Index inputs) {
  std::vector<std::vector<Index>> absent;
  for (const bool with_default : {true, false}) {
    std::vector<Index> every_other, all;
    for (Index i = 0; i < inputs; ++i) {
      const bool has_one = !preprocessing.defaults.empty() &&
                           !is_nan(preprocessing.defaults[static_cast<std::size_t>(i)]);
      if (has_one != with_default) continue;
      if (all.size() % 2 == 0) every_other.push_back(i);
      all.push_back(i);
    }
    if (!all.empty()) absent.insert(absent.end(), {every_other, all});
  }
  absent.back().resize(static_cast<std::size_t>(inputs));
  std::iota(absent.back().begin(), absent.back().end(), Index{0});

  std::vector<S> ways{std::numeric_limits<S>::quiet_NaN()};
  if (!is_nan(preprocessing.missing)) ways.push_back(static_cast<S>(preprocessing.missing));

  constexpr Index whole = 3;
  Matrix<S> events(inputs, whole + std::ssize(absent) * std::ssize(ways));
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
  Index event = whole;
  for (const auto& which : absent)
    for (const S way : ways) {
      for (const Index i : which) events(i, event) = way;
      ++event;
    }
  return events;
}

}  // namespace tributary::inline v0_1::detail
