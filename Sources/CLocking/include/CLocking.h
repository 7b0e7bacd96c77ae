#ifndef PTR_CLOCKING_H
#define PTR_CLOCKING_H

#include <stdbool.h>

/// Whether this was compiled for ThreadSanitizer.
bool ptr_lock_is_annotated(void);

/// Tells ThreadSanitizer that what was done before the last release of `token` is visible from here on.
void ptr_lock_acquired(const void *token);

/// Tells ThreadSanitizer that what was done up to here becomes visible to who acquires `token` next.
void ptr_lock_releasing(const void *token);

#endif
