#ifndef HEAP_H
#define HEAP_H

#include <stddef.h>

/// What the C library's allocator has handed out at the moment, of all its arenas, in bytes as it rounded them up; 0 where
/// it does not say.
size_t heap_in_use(void);

#endif
