#ifndef PTR_CLAUNCHING_H
#define PTR_CLAUNCHING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// What Swift cannot do: between vfork and execve nothing may run but plain system calls. And the calls that have no name in
// every C library we build with.

/// Where the set-up of a child failed.
enum claunching_step {
    CLAUNCHING_DONE = 0,
    CLAUNCHING_PROCESS,
    CLAUNCHING_PARENT,
    CLAUNCHING_SESSION,
    CLAUNCHING_CGROUP,
    CLAUNCHING_DESCRIPTORS,
    CLAUNCHING_LIMIT,
    CLAUNCHING_DIRECTORY,
    CLAUNCHING_LANDLOCK,
    CLAUNCHING_EXECUTE,
};

/// One limit of setrlimit(2).
struct claunching_limit {
    int resource;
    uint64_t soft, hard;
};

/// A child to be. All of its descriptors are 4 or above.
struct claunching_plan {
    char *const *arguments;
    char *const *environment;
    /// Where it works; null: where we do.
    const char *directory;
    /// What becomes its descriptors from 0 on.
    int descriptors[4];
    int descriptor_count;
    /// The open `cgroup.procs` of the group that it joins; -1: none.
    int cgroup;
    /// The Landlock ruleset that it is held to; -1: none.
    int ruleset;
    mode_t mask;
    const struct claunching_limit *limits;
    int limit_count;
};

/// What became of it.
struct claunching_child {
    pid_t pid;
    int pidfd;
    /// Where its set-up failed, with what error, and at which limit.
    int step, error, limit;
    /// How long the calling thread stood still.
    int64_t nanoseconds;
};

/// Starts a child, which dies with the *thread* that called this. True: `child` has a process, which executes its program.
/// False: nothing is left of it.
///
/// The stack is for the child, until it executes its program, and for nobody else meanwhile.
bool claunching_start(
    const struct claunching_plan *plan, void *stack, size_t stack_size, struct claunching_child *child);

/// How a child ended.
struct claunching_end {
    /// An exit status, or a signal.
    int status;
    bool is_signal, dumped_core;
    int64_t cpu_microseconds;
    int64_t max_resident_kib;
};

/// Asks how a child ended, without waiting. 1: it has; 0: it lives; -1: `errno` says why nobody knows.
int claunching_ended(int pidfd, bool reap, struct claunching_end *end);

/// pidfd_send_signal(2): 0, or -1 and `errno`.
int claunching_signal(int pidfd, int signal);

/// What may be watched for at a descriptor.
enum { CLAUNCHING_READABLE = 1, CLAUNCHING_WRITABLE = 2, CLAUNCHING_BROKEN = 4 };

struct claunching_event {
    uint64_t token;
    int what;
};

/// epoll_create1(2).
int claunching_make_watch(void);
/// Begins to watch a descriptor; with `what` 0 for its break alone. 0, or -1 and `errno`.
int claunching_watch(int watch, int descriptor, int what, uint64_t token);
/// Watches it for something else.
int claunching_rewatch(int watch, int descriptor, int what, uint64_t token);
/// Ends the watch.
int claunching_unwatch(int watch, int descriptor);
/// Waits for events, as long as it takes.
int claunching_wait(int watch, struct claunching_event *events, int capacity);

/// How many bytes a pipe holds; -1 if it cannot be asked.
int claunching_pipe_holds(int descriptor);

/// Makes a pipe for this process alone; 0, or -1 and `errno`.
int claunching_pipe(int ends[2]);

/// eventfd(2), which does not block.
int claunching_make_alarm(void);

/// Whether a file's extended attribute is the one byte `1`.
bool claunching_is_marked(const char *path, const char *attribute);

/// The limit of a user's processes, for setrlimit(2).
extern const int claunching_process_limit;

/// The newest version of Landlock's interface that kernel and filter let us use; 0: none.
int claunching_landlock_version(void);
/// Makes a ruleset that denies everything of `access` but where it is allowed, and with `scoped` signals to whoever is not held
/// by it. A descriptor, or -1 and `errno`.
int claunching_landlock_ruleset(uint64_t access, bool scoped);
/// Allows it beneath an open file or directory.
int claunching_landlock_allow(int ruleset, uint64_t access, int parent);

/// PR_SET_DUMPABLE of prctl(2), with 0: 0, or -1 and `errno`.
int claunching_be_private(void);

#endif
