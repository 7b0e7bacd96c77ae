#include "CLaunching.h"

#include <sys/prctl.h>

int claunching_be_private(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }
