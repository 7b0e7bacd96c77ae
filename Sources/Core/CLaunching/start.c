#define _GNU_SOURCE
#include "CLaunching.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_landlock_restrict_self
#define SYS_landlock_restrict_self 446
#endif

struct setup {
    const struct claunching_plan *plan;
    struct claunching_child *child;
    pid_t parent;
};

static int fail(struct setup *setup, int step) {
    // Our memory is the parent's, which stands still until we are gone.
    setup->child->error = errno;
    setup->child->step = step;
    _exit(127);
}

static void close_from(int first) {
    if (syscall(SYS_close_range, (unsigned)first, ~0U, 0) == 0) return;
    struct rlimit limit;
    int last = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 65536 ? (int)limit.rlim_cur : 65536;
    for (int descriptor = first; descriptor < last; descriptor++) close(descriptor);
}

// Runs in the child, in the parent's memory and with its locks in whatever state: system calls only.
static int become(void *argument) {
    struct setup *setup = argument;
    const struct claunching_plan *plan = setup->plan;

    // Whoever dies between clone and this line has told nobody.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return fail(setup, CLAUNCHING_PARENT);
    if (getppid() != setup->parent) return fail(setup, CLAUNCHING_PARENT);

    if (setsid() < 0) return fail(setup, CLAUNCHING_SESSION);
    if (plan->cgroup >= 0 && write(plan->cgroup, "0", 1) != 1) return fail(setup, CLAUNCHING_CGROUP);

    // What is ignored stays so across execve: a child that inherits our ignored SIGPIPE never ends at a closed pipe. All
    // signals are blocked here, so no handler of ours runs in the child.
    // Past glibc, which keeps two of them for itself, and lets nobody reset them whom somebody has started that ignored them.
    const unsigned long usual[4] = {0}; // The kernel's struct sigaction: SIG_DFL, no flags, nothing blocked.
    for (int signal = 1; signal < NSIG; signal++) syscall(SYS_rt_sigaction, signal, usual, NULL, 8);

    for (int target = 0; target < plan->descriptor_count; target++)
        if (dup2(plan->descriptors[target], target) < 0) return fail(setup, CLAUNCHING_DESCRIPTORS);

    for (int index = 0; index < plan->limit_count; index++) {
        const struct claunching_limit *limit = &plan->limits[index];
        struct rlimit value = {.rlim_cur = limit->soft, .rlim_max = limit->hard};
        if (setrlimit(limit->resource, &value) != 0) {
            setup->child->limit = index;
            return fail(setup, CLAUNCHING_LIMIT);
        }
    }
    umask(plan->mask);
    if (plan->directory && chdir(plan->directory) != 0) return fail(setup, CLAUNCHING_DIRECTORY);
    if (plan->ruleset >= 0) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail(setup, CLAUNCHING_LANDLOCK);
        if (syscall(SYS_landlock_restrict_self, plan->ruleset, 0) != 0) return fail(setup, CLAUNCHING_LANDLOCK);
    }
    close_from(plan->descriptor_count);

    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(plan->arguments[0], plan->arguments, plan->environment);
    return fail(setup, CLAUNCHING_EXECUTE);
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

bool claunching_start(
    const struct claunching_plan *plan, void *stack, size_t stack_size, struct claunching_child *child) {
    *child = (struct claunching_child){.pid = -1, .pidfd = -1};
    struct setup setup = {.plan = plan, .child = child, .parent = getpid()};
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int64_t begin = now();
    // As vfork(2), on a stack of its own. Not clone3, which RestrictNamespaces= refuses: so the child joins its cgroup itself.
    int pidfd = -1;
    pid_t pid = clone(
        become, (char *)stack + stack_size, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &setup, &pidfd);
    int failure = errno;
    child->nanoseconds = now() - begin;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (pid < 0) {
        child->step = CLAUNCHING_PROCESS;
        child->error = failure;
        return false;
    }
    if (child->step != CLAUNCHING_DONE) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
        close(pidfd);
        return false;
    }
    child->pid = pid;
    child->pidfd = pidfd;
    return true;
}
