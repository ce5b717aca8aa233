#pragma once

#include <string>
#include <vector>

#include "study.hpp"

/// The common settings of all runs.
struct Setting {
  std::string net, data;
  tributary::Index parameters = 0;
  double curvature = 0;  ///< At the initial parameters of the runs.
  double target = 0;     ///< Test accuracy.
  std::uint64_t seed = 0;
};

/// Everything, with this machine and compiler.
std::string runs_json(const std::vector<Run>& runs, const Setting& setting);

/// For gnuplot: a block a series, under its name; a line a run: its place on the axis, accuracy,
/// virtual seconds and those to the target (NaN: never).
std::string plot_data(const std::vector<Run>& runs, int Job::*axis, double target);

/// For people: accuracies, one line for each window, and the forecast for DOWNPOUR.
std::string window_table(const std::vector<Run>& runs);

/// For people: virtual seconds to the target and final accuracy, a line a number of workers.
std::string worker_table(const std::vector<Run>& runs, double target);

/// Progress messages.
std::string progress_line(const Run& run);
