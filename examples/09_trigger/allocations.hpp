#pragma once

/// The number of allocations of memory by the calling thread so far.
extern thread_local int allocations;
