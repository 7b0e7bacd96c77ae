#ifndef PTR_CLOCKING_H
#define PTR_CLOCKING_H

#include <stdbool.h>
#include <stdint.h>

/// Whether this was compiled for ThreadSanitizer.
bool ptr_lock_is_annotated(void);

/// Tells ThreadSanitizer that what was done before the last release of `token` is visible from here on.
void ptr_lock_acquired(const void *token);

/// Tells ThreadSanitizer that what was done up to here becomes visible to who acquires `token` next.
void ptr_lock_releasing(const void *token);

/// Nanoseconds of a clock that goes while the machine does.
uint64_t ptr_monotonic_time(void);

/// Where one thread waits.
typedef struct ptr_parker ptr_parker;

/// Makes one that lives as long as the process.
ptr_parker *ptr_parker_make(void);

/// Blocks until somebody wakes it, or has since the last wait; or until so much time has passed, that of a machine asleep not
/// counted. It may also return for no reason.
void ptr_parker_wait(ptr_parker *parker, uint64_t nanoseconds);

/// Ends the present wait, or the next one.
void ptr_parker_wake(ptr_parker *parker);

/// Starts a thread that nobody waits for. Returns 0 or an errno.
int ptr_start_thread(const char *name, void (*run)(void *context), void *context);

#endif
