#include "CLocking.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define PTR_ANNOTATED 1
// Of the sanitizer's runtime; it has no header in the toolchain.
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#endif
#endif

#ifdef PTR_ANNOTATED
bool ptr_lock_is_annotated(void) { return true; }
void ptr_lock_acquired(const void *token) { __tsan_acquire((void *)token); }
void ptr_lock_releasing(const void *token) { __tsan_release((void *)token); }
#else
bool ptr_lock_is_annotated(void) { return false; }
void ptr_lock_acquired(const void *token) { (void)token; }
void ptr_lock_releasing(const void *token) { (void)token; }
#endif
