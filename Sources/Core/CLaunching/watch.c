#define _GNU_SOURCE
#include "CLaunching.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

// P_PIDFD, which older headers do not have.
enum { OF_PIDFD = 3 };

int claunching_ended(int pidfd, bool reap, struct claunching_end *end) {
    siginfo_t info = {.si_pid = 0};
    struct rusage usage = {0};
    // The system call, for it also says what the child has used.
    long result;
    do {
        result = syscall(SYS_waitid, OF_PIDFD, pidfd, &info, WEXITED | WNOHANG | (reap ? 0 : WNOWAIT), &usage);
    } while (result < 0 && errno == EINTR);
    if (result < 0) return -1;
    if (info.si_pid == 0) return 0;
    end->status = info.si_status;
    end->is_signal = info.si_code != CLD_EXITED;
    end->dumped_core = info.si_code == CLD_DUMPED;
    end->cpu_microseconds = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL + usage.ru_utime.tv_usec +
        usage.ru_stime.tv_usec;
    end->max_resident_kib = usage.ru_maxrss;
    return 1;
}

int claunching_signal(int pidfd, int signal) { return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0); }

static uint32_t flags(int what) {
    return (what & CLAUNCHING_READABLE ? EPOLLIN : 0) | (what & CLAUNCHING_WRITABLE ? EPOLLOUT : 0);
}

static int control(int watch, int operation, int descriptor, int what, uint64_t token) {
    struct epoll_event event = {.events = flags(what), .data = {.u64 = token}};
    return epoll_ctl(watch, operation, descriptor, &event);
}

int claunching_make_watch(void) { return epoll_create1(EPOLL_CLOEXEC); }

int claunching_watch(int watch, int descriptor, int what, uint64_t token) {
    return control(watch, EPOLL_CTL_ADD, descriptor, what, token);
}

int claunching_rewatch(int watch, int descriptor, int what, uint64_t token) {
    return control(watch, EPOLL_CTL_MOD, descriptor, what, token);
}

int claunching_unwatch(int watch, int descriptor) { return control(watch, EPOLL_CTL_DEL, descriptor, 0, 0); }

int claunching_wait(int watch, struct claunching_event *events, int capacity) {
    enum { MOST = 64 };
    struct epoll_event found[MOST];
    int count = epoll_wait(watch, found, capacity < MOST ? capacity : MOST, -1);
    for (int index = 0; index < count; index++) {
        uint32_t seen = found[index].events;
        events[index].token = found[index].data.u64;
        events[index].what = (seen & (EPOLLIN | EPOLLHUP) ? CLAUNCHING_READABLE : 0) |
            (seen & EPOLLOUT ? CLAUNCHING_WRITABLE : 0) | (seen & EPOLLERR ? CLAUNCHING_BROKEN : 0);
    }
    return count;
}

int claunching_pipe_holds(int descriptor) {
    int count = 0;
    return ioctl(descriptor, FIONREAD, &count) == 0 ? count : -1;
}
