// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/csv_table.hpp>
#include <tributary/data/detail/weight_sum.hpp>
#include <tributary/data/events.hpp>

namespace tributary::inline v0_1 {

/// Scales the weights of `part`, class by class, so that each class has the same weight sum as in
/// `whole`. A part of a data set, such as the test events, then represents all of it, as ams()
/// requires; classes may have been split unevenly. Throws std::invalid_argument unless both have
/// labels of the same classes. Throws also if the weights of a class sum to zero in the part only,
/// or to the opposite sign. A sum within the rounding error of cancelling weights is zero.
template <Real S>
void scale_class_weights(BasicEvents<S>& part, const BasicEvents<S>& whole) {
  part.validate();
  whole.validate();
  require(part.classes == whole.classes, "scale_class_weights: classes",
          detail::listed(part.classes), "those of the whole: " + detail::listed(whole.classes));
  const auto sums = [](const BasicEvents<S>& events) {
    require(events.labels.size() == events.size(), "scale_class_weights: labels",
            events.labels.size(), "one an event");
    std::map<int, detail::WeightSum> sum_of;  // by class
    for (std::size_t i = 0; i < events.size(); ++i)
      sum_of[events.labels[i]].add(
          events.weights.size() == 0 ? 1
                                     : static_cast<double>(events.weights[static_cast<Index>(i)]));
    return sum_of;
  };
  std::map<int, detail::WeightSum> there = sums(whole), here = sums(part);
  for (const auto& [label, sum] : there) here[label];  // 0 where the part has no such class
  std::map<int, double> factors;
  for (const auto& [label, sum] : here) {
    const double is = sum.total(), due = there[label].total();
    const std::string what = "scale_class_weights: sum of the part's weights of class " +
                             (part.classes.empty() ? std::to_string(label)
                                                   : part.classes[static_cast<std::size_t>(label)]);
    require(is != 0 || due == 0, what, is, "not 0, as in the whole");
    const double factor = is == 0 ? 1 : due / is;
    require(due == 0 || (factor > 0 && is_finite(factor)), what, is,
            "of the sign of " + detail::to_text(due) + ", the sum in the whole");
    factors[label] = factor;
  }
  if (part.weights.size() == 0) part.weights.setOnes(part.features.cols());
  for (std::size_t i = 0; i < part.size(); ++i) {
    S& weight = part.weights[static_cast<Index>(i)];
    weight = static_cast<S>(static_cast<double>(weight) * factors.at(part.labels[i]));
  }
}

}  // namespace tributary::inline v0_1
