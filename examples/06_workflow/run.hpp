#pragma once

#include <cmath>
#include <string>
#include <tributary/observe/history.hpp>
#include <tributary/trainer/trained.hpp>
#include <vector>

/// One training run and its metrics on the test events; NaN where a metric does not apply.
struct Run {
  std::string trainer;
  int window = 0;  ///< The rule's period; 0 if it has none.
  int workers = 1;
  double accuracy = NAN, f1 = NAN, auc = NAN, ams = NAN;
  tributary::RunReport report = {};
  tributary::History history = {};
  bool diverged = false;
  std::string ams_note = {};  ///< The events that the AMS is about.

  std::string variant() const { return window == 0 ? "" : "τ=" + std::to_string(window); }
  std::string name() const { return window == 0 ? trainer : trainer + ' ' + variant(); }
};

/// The runs of one split of the data.
using Comparison = std::vector<Run>;
