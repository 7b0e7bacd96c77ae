// A program that links this counts its own allocations: its definitions of malloc and the others come before those of
// the C library, for the program and for every shared library that it loads. They count, then call on glibc's own.
#include "allocation_count.h"

#include <errno.h>
#include <stddef.h>

static _Thread_local struct allocation_count counts;

struct allocation_count allocation_count_now(void) {
    return counts;
}

// Elsewhere nothing is counted.
#ifdef __GLIBC__

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) {
    counts.allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    counts.allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size) {
    if (block == NULL) {
        counts.allocations++;
    } else {
        counts.reallocations++;
    }
    return __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    counts.allocations++;
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    counts.allocations++;
    void *made = __libc_memalign(alignment, size);
    if (made == NULL) {
        return ENOMEM;
    }
    *block = made;
    return 0;
}

#endif
