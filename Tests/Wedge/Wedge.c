// Makes a part of a real ptrd hang. Tests of the watchdog preload it (LD_PRELOAD); no program is linked with it.
//
// The environment variable WEDGE names the part, which hangs from two seconds after the start:
// - flow_manager, with the thread it runs on: nobody else asks for the wall clock several times a second;
// - executor: whatever the cooperative pool is given to run is lost, as behind threads that are all blocked;
// - event_loop: one of the event loops.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static atomic_bool wedges_clock;

static void hang(int signal) {
    (void)signal;
    while (true) pause();
}

/// Whether code at an address is the program's own, and not a library's.
static bool is_of_program(const void *address) {
    Dl_info caller, program;
    return dladdr(address, &caller) && dladdr((void *)getauxval(AT_ENTRY), &program) && caller.dli_fbase == program.dli_fbase;
}

/// Whether somebody of the program asks for the third time within a second: it is known by where its caller's caller stands.
static bool asks_often(const void *asker, const struct timespec *now) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static struct {
        const void *asker;
        time_t second;
        int times;
    } seen[32];
    bool often = false;
    pthread_mutex_lock(&lock);
    for (size_t index = 0; index < sizeof seen / sizeof *seen; index++) {
        if (seen[index].asker && seen[index].asker != asker) continue;
        if (seen[index].second != now->tv_sec) seen[index].times = 0;
        seen[index].asker = asker;
        seen[index].second = now->tv_sec;
        often = ++seen[index].times == 3;
        break;
    }
    pthread_mutex_unlock(&lock);
    return often;
}

/// In the place of libc's.
int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    if (clock == CLOCK_REALTIME && result == 0 && atomic_load(&wedges_clock) && is_of_program(__builtin_return_address(0)) &&
        asks_often(__builtin_return_address(2), time) && atomic_exchange(&wedges_clock, false))
        hang(0);
    return result;
}

/// In the place of how the Swift runtime hands a job to the pool.
__attribute__((swiftcall)) static void lose(void) {}

static void wedge_executor(void) {
    const char *hooks[] = {
        "swift_task_enqueueGlobal_hook",
        "swift_task_enqueueGlobalWithDelay_hook",
        "swift_task_enqueueGlobalWithDeadline_hook",
    };
    for (size_t index = 0; index < sizeof hooks / sizeof *hooks; index++) {
        void **hook = dlsym(RTLD_DEFAULT, hooks[index]);
        if (hook) *hook = (void *)lose;
    }
}

static void wedge_event_loop(void) {
    // A signal that the threads of libdispatch, and whoever they start, do not block.
    struct sigaction action = {.sa_handler = hang};
    sigaction(SIGPROF, &action, NULL);
    DIR *threads = opendir("/proc/self/task");
    for (struct dirent *entry; threads && (entry = readdir(threads));) {
        char path[300], name[16] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", entry->d_name);
        FILE *file = fopen(path, "r");
        bool is_loop = file && fgets(name, sizeof name, file) && strncmp(name, "NIO-SGLTN", 9) == 0;
        if (file) fclose(file);
        if (is_loop) {
            syscall(SYS_tgkill, getpid(), atoi(entry->d_name), SIGPROF);
            break;
        }
    }
    if (threads) closedir(threads);
}

static void *wedge(void *part) {
    sleep(2);
    if (strcmp(part, "flow_manager") == 0) atomic_store(&wedges_clock, true);
    if (strcmp(part, "executor") == 0) wedge_executor();
    if (strcmp(part, "event_loop") == 0) wedge_event_loop();
    return NULL;
}

__attribute__((constructor)) static void begin(void) {
    char *part = getenv("WEDGE");
    pthread_t thread;
    if (part) pthread_create(&thread, NULL, wedge, part);
}
