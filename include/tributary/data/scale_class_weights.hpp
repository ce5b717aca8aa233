#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/events.hpp>
#include <vector>

namespace tributary {

/// Scales the weights of `part`, class by class, so that each class sums to what it sums to in
/// `whole`. Then a part of a data set, such as the one to test on, stands for all of it, as ams()
/// asks: of each class another share of the weight may be in the part.
/// Throws std::invalid_argument unless both have labels of the same classes, or if the weights of a
/// class sum to zero in the part alone.
template <Real S>
void scale_class_weights(BasicEvents<S>& part, const BasicEvents<S>& whole) {
  part.validate();
  whole.validate();
  require(part.classes == whole.classes, "scale_class_weights: classes",
          detail::listed(part.classes), "those of the whole: " + detail::listed(whole.classes));
  const auto sums = [](const BasicEvents<S>& events) {
    require(events.labels.size() == events.size(), "scale_class_weights: labels",
            events.labels.size(), "one an event");
    std::vector<double> sum_of;  // each class
    for (std::size_t i = 0; i < events.size(); ++i) {
      const auto label = static_cast<std::size_t>(events.labels[i]);
      if (label >= sum_of.size()) sum_of.resize(label + 1);
      sum_of[label] += events.weights.size() == 0
                           ? 1
                           : static_cast<double>(events.weights[static_cast<Index>(i)]);
    }
    return sum_of;
  };
  const std::vector<double> there = sums(whole);
  std::vector<double> factors = sums(part);
  factors.resize(std::max(factors.size(), there.size()));
  for (std::size_t label = 0; label < factors.size(); ++label) {
    const double here = factors[label], due = label < there.size() ? there[label] : 0;
    require(here != 0 || due == 0,
            "scale_class_weights: sum of the part's weights of class " + std::to_string(label),
            here, "not 0, as it is not in the whole");
    factors[label] = here == 0 ? 1 : due / here;
  }
  if (part.weights.size() == 0) part.weights.setOnes(part.features.cols());
  for (std::size_t i = 0; i < part.size(); ++i) {
    S& weight = part.weights[static_cast<Index>(i)];
    weight = static_cast<S>(static_cast<double>(weight) *
                            factors[static_cast<std::size_t>(part.labels[i])]);
  }
}

}  // namespace tributary
