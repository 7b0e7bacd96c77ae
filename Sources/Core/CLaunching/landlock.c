#define _GNU_SOURCE
#include "CLaunching.h"

#include <sys/syscall.h>
#include <unistd.h>

// Debian 12's header ends with an earlier version of the interface than its backported kernels have.
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#endif

enum { VERSION_FLAG = 1, PATH_BENEATH = 1, SCOPE_SIGNAL = 2 };

struct ruleset {
    uint64_t access_fs, access_net, scoped;
};

struct path_beneath {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

int claunching_landlock_version(void) {
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION_FLAG);
    return version > 0 ? (int)version : 0;
}

int claunching_landlock_ruleset(uint64_t access, bool scoped) {
    struct ruleset ruleset = {.access_fs = access, .scoped = scoped ? SCOPE_SIGNAL : 0};
    // A kernel that knows less of the structure takes less of it.
    size_t size = scoped ? sizeof ruleset : sizeof ruleset.access_fs;
    return (int)syscall(SYS_landlock_create_ruleset, &ruleset, size, 0);
}

int claunching_landlock_allow(int ruleset, uint64_t access, int parent) {
    struct path_beneath rule = {.allowed = access, .parent = parent};
    return (int)syscall(SYS_landlock_add_rule, ruleset, PATH_BENEATH, &rule, 0);
}
