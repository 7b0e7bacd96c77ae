// The two Linux calls that Swift's Glibc module does not carry.
#include <sys/eventfd.h>
#include <sys/prctl.h>

// A closed-on-exec, non-blocking event counter; -1 and errno on failure.
static inline int cwriting_eventfd(void) {
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

// Names the calling thread (15 bytes at most are kept), for `ps -L`, `top -H` and core dumps.
static inline void cwriting_name_thread(const char *name) {
    prctl(PR_SET_NAME, (unsigned long)name, 0UL, 0UL, 0UL);
}
