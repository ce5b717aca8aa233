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

/// Sets targets (classes × events) to 1 at the class of each event and to 0 elsewhere. Throws
/// std::invalid_argument without labels or classes.
template <Real S>
void one_hot(BasicEvents<S>& events) {
  events.validate();
  require(!events.classes.empty(), "one_hot: classes", events.classes.size(), "at least one");
  require(events.labels.size() == events.size(), "one_hot: labels", events.labels.size(),
          "one an event");
  events.targets.setZero(std::ssize(events.classes), events.features.cols());
  for (std::size_t event = 0; event < events.size(); ++event)
    events.targets(events.labels[event], static_cast<Index>(event)) = 1;
  events.target_names = events.classes;
}

/// Makes `signal` class 1 and merges all others into class 0. Class 0 is named "background", or
/// keeps its name if it is a single class. Throws std::invalid_argument for an unknown class.
/// Throws also if there are targets, which would still describe the old classes.
template <Real S>
void binary_labels(BasicEvents<S>& events, std::string_view signal) {
  events.validate();
  require(events.targets.size() == 0, "binary_labels: targets.rows()", events.targets.rows(),
          "0, as training uses targets before labels and these have the old classes: call "
          "one_hot() afterwards");
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
