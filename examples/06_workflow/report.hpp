#pragma once

#include <string>
#include <vector>

#include "options.hpp"
#include "run.hpp"

/// A line a trainer, with the means over the splits.
std::string table(const std::vector<Comparison>& splits);

/// The history of every run.
std::string history_json(const std::vector<Comparison>& splits, const Options& options);

/// Running loss, on a logarithmic scale, against time: one curve a run.
std::string loss_svg(const Comparison& runs);
