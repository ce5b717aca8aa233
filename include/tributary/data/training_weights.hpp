// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/detail/weight_sum.hpp>
#include <tributary/data/events.hpp>
#include <utility>

namespace tributary::inline v0_1 {

namespace detail {

/// Sets training_weights to the weights, scaled group by group: the groups have equal sums, and the
/// mean over all events is 1. `group_of` gives the group of a row.
template <Real S>
void set_training_weights(BasicEvents<S>& events, const std::string& function, const auto& group_of,
                          std::map<int, std::pair<std::string, WeightSum>> groups) {
  const auto weight_of = [&](std::size_t row) {
    return events.weights.size() == 0
               ? 1
               : static_cast<double>(events.weights[static_cast<Index>(row)]);
  };
  for (std::size_t row = 0; row < events.size(); ++row)
    groups.at(group_of(row)).second.add(weight_of(row));
  const double due = static_cast<double>(events.size()) / static_cast<double>(groups.size());
  std::map<int, double> factors;
  for (const auto& [group, named_sum] : groups) {
    const double sum = named_sum.second.total();
    const double factor = due / sum;
    require(sum > 0 && is_finite(factor), function + ": sum of the weights" + named_sum.first, sum,
            "positive");
    factors[group] = factor;
  }
  Vector<S> scaled(events.features.cols());
  for (std::size_t row = 0; row < events.size(); ++row) {
    const auto weight = static_cast<S>(weight_of(row) * factors.at(group_of(row)));
    require(is_finite(weight), function + ": weight of event " + std::to_string(row), weight,
            "finite after scaling: the weights nearly cancel");
    scaled[static_cast<Index>(row)] = weight;
  }
  events.training_weights = std::move(scaled);
}

}  // namespace detail

/// Sets BasicEvents::training_weights so that each class has the same sum and their mean is 1:
///
///   tᵢ = wᵢ N / (K Σ w over the class of i), for N events of K classes
///
/// Within a class they are proportional to `weights`, which stay as they are for metrics such as
/// ams(). Call it for the training events, after splitting. Throws std::invalid_argument without
/// labels, or unless the weights of each class have a positive sum.
template <Real S>
void balance_training_weights(BasicEvents<S>& events) {
  events.validate();
  require(!events.labels.empty(), "balance_training_weights: labels", events.labels.size(),
          "one an event");
  std::map<int, std::pair<std::string, detail::WeightSum>> groups;
  for (const int label : events.labels)
    groups.try_emplace(label, " of class " + std::to_string(label), detail::WeightSum{});
  for (std::size_t label = 0; label < events.classes.size(); ++label)
    groups[static_cast<int>(label)].first = " of class " + events.classes[label];
  detail::set_training_weights(
      events, "balance_training_weights", [&](std::size_t row) { return events.labels[row]; },
      std::move(groups));
}

/// Sets BasicEvents::training_weights to `weights`, scaled to a mean of 1: tᵢ = wᵢ N / Σ w. The
/// loss, and with it a good learning rate, then does not depend on the unit of the weights, which
/// stay as they are. Throws std::invalid_argument unless the weights have a positive sum.
template <Real S>
void normalize_training_weights(BasicEvents<S>& events) {
  events.validate();
  require(events.size() > 0, "normalize_training_weights: events", events.size(), "at least one");
  detail::set_training_weights(events, "normalize_training_weights", [](std::size_t) { return 0; },
                               {{0, {}}});
}

}  // namespace tributary::inline v0_1
