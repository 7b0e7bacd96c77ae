#ifndef ALLOCATION_COUNT_H
#define ALLOCATION_COUNT_H

#include <stdint.h>

/// Counts of the calling thread, since it began.
struct allocation_count {
    /// Blocks that were asked for: malloc, calloc, aligned_alloc, posix_memalign.
    uint64_t allocations;
    /// Blocks that were made larger or smaller, by copying or in place.
    uint64_t reallocations;
};

/// What the calling thread has allocated so far.
struct allocation_count allocation_count_now(void);

#endif
