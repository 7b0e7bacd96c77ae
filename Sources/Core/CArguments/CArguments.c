#include "CArguments.h"

static int count;
static char **values;

// glibc hands constructors what it hands to main.
__attribute__((constructor)) static void keep(int argc, char **argv, char **envp) {
    (void)envp;
    count = argc;
    values = argv;
}

int carguments_count(void) { return count; }

const char *carguments_at(int index) { return index >= 0 && index < count ? values[index] : 0; }
