#pragma once

#include <stop_token>

#include "options.hpp"
#include "run.hpp"

/// 28 × 28 pixels, ten kinds of clothing; the published training and test images together.
Comparison compare_on_fashion_mnist(const Options& options, std::stop_token stop, int repeat);

/// 30 features of simulated collisions, signal or background, some missing (−999).
Comparison compare_on_atlas_higgs(const Options& options, std::stop_token stop, int repeat);
