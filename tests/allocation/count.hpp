#pragma once

#include <atomic>

inline std::atomic<int> allocations = 0;  ///< Of this program so far, by any thread.
