#pragma once

/// How often the calling thread has allocated memory, by whatever code.
extern thread_local int allocations;
