// glibc's calls about its allocator, which Swift's Glibc module does not carry.
#include <malloc.h>
