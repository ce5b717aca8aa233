// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/events.hpp>
#include <vector>

namespace tributary::inline v0_1 {

/// Fills targets (classes × events) with 1 where the event is of the class and 0 elsewhere. Throws
/// std::invalid_argument without labels or classes.
template <Real S>
void one_hot(BasicEvents<S>& events) {
  events.validate();
  require(!events.classes.empty(), "one_hot: classes", events.classes.size(), "one at least");
  require(events.labels.size() == events.size(), "one_hot: labels", events.labels.size(),
          "one an event");
  events.targets.setZero(std::ssize(events.classes), events.features.cols());
  for (std::size_t event = 0; event < events.size(); ++event)
    events.targets(events.labels[event], static_cast<Index>(event)) = 1;
  events.target_names = events.classes;
}

/// Makes `signal` class 1 and all others class 0, which is named "background", or as it was if
/// there is only one other. Throws std::invalid_argument for an unknown class, and where there are
/// targets, which would stay those of the classes before.
template <Real S>
void binary_labels(BasicEvents<S>& events, std::string_view signal) {
  events.validate();
  require(events.targets.size() == 0, "binary_labels: targets.rows()", events.targets.rows(),
          "0, as targets stay what they are and training prefers them to labels: call one_hot() "
          "after it");
  const auto found = std::ranges::find(events.classes, signal);
  if (found == events.classes.end()) {
    std::string known;
    for (const std::string& name : events.classes) known += (known.empty() ? "" : ", ") + name;
    require(false, "binary_labels: signal", signal, "one of the classes: " + known);
  }
  const auto signal_label = static_cast<int>(found - events.classes.begin());
  for (int& label : events.labels) label = label == signal_label;
  const std::string background = events.classes.size() == 2
                                     ? events.classes[static_cast<std::size_t>(1 - signal_label)]
                                     : "background";
  events.classes = {background, std::string{signal}};
}

}  // namespace tributary::inline v0_1
