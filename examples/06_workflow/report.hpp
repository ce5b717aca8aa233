#pragma once

#include <string>
#include <vector>

#include "options.hpp"
#include "run.hpp"

/// One line for each trainer, with means over the splits.
std::string table(const std::vector<Comparison>& splits);

/// JSON with the settings, the report and the history of every run.
std::string history_json(const std::vector<Comparison>& splits, const Options& options);
