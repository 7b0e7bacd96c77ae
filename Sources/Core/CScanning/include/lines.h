// Finds the ends of lines in a long piece of text, many bytes at once.
#ifndef PTR_LINES_H
#define PTR_LINES_H

#include <stddef.h>
#include <stdint.h>

// Sets in `ends`, a bit for each of the `count` bytes, the lowest bit of the first word first, whether it is an LF or a CR. The
// bits behind the last byte are zero. There must be room for every word begun.
void cscanning_line_ends(const uint8_t *bytes, size_t count, uint64_t *ends);

// The same by the plainest code, which tests compare it with.
void cscanning_line_ends_bytewise(const uint8_t *bytes, size_t count, uint64_t *ends);

// Asks for memory that will be read soon, so that it comes while something else is done.
static inline void cscanning_prefetch(const void *bytes, size_t count) {
    for (size_t i = 0; i < count; i += 64) __builtin_prefetch((const char *)bytes + i);
}

#endif
