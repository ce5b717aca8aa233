#pragma once

#include <atomic>

inline std::atomic<int> allocations = 0;  ///< Allocations of this program so far, by any thread.
