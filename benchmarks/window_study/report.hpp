#pragma once

#include <string>
#include <vector>

#include "study.hpp"

/// What all the runs of a part of the study have in common.
struct Setting {
  std::string net, data;
  std::uint64_t seed = 0;
  double target = 0;  ///< Test accuracy.
};

/// Everything, with this machine and compiler.
std::string runs_json(const std::vector<Run>& runs, const Setting& setting);

/// For gnuplot: a block a series, under its name; a line a window, the means over the seeds:
/// window, accuracy, its least and greatest, virtual seconds, share of runs that diverged.
std::string window_table(const std::vector<Run>& runs);

/// Likewise, a line a number of workers: workers, accuracy, least, greatest, virtual seconds,
/// virtual seconds to the target (NaN where not all seeds reached it).
std::string worker_table(const std::vector<Run>& runs, double target);

/// For people.
std::string summary_line(const Run& run);
