#include "CScanning.h"

#include <string.h>

// A block of 64 bytes in Clang's own words: it makes SSE2 of them on every x86-64, AVX2 where a function says so, and NEON on
// ARM; a byte a time where there is nothing better.
typedef uint8_t block __attribute__((ext_vector_type(64)));
typedef _Bool bits __attribute__((ext_vector_type(64)));

static inline __attribute__((always_inline)) uint64_t ends_of_block(const uint8_t *bytes) {
    block text;
    memcpy(&text, bytes, sizeof text);
    bits found = __builtin_convertvector((text == (uint8_t)'\n') | (text == (uint8_t)'\r'), bits);
    uint64_t result;
    memcpy(&result, &found, sizeof result);
    return result;
}

// No byte is read beyond the `count`: of a last block that is not full, the bits are those of the last 64 bytes, shifted, or
// those of a copy.
static inline __attribute__((always_inline)) void line_ends(const uint8_t *bytes, size_t count, uint64_t *ends) {
    size_t full = count / 64, rest = count % 64;
    for (size_t i = 0; i < full; i++) ends[i] = ends_of_block(bytes + 64 * i);
    if (rest == 0) return;
    if (full > 0) {
        ends[full] = ends_of_block(bytes + count - 64) >> (64 - rest);
    } else {
        uint8_t last[64] = {0};
        memcpy(last, bytes, rest);
        ends[0] = ends_of_block(last);
    }
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void line_ends_avx2(const uint8_t *bytes, size_t count, uint64_t *ends) {
    line_ends(bytes, count, ends);
}
#endif

void cscanning_line_ends(const uint8_t *bytes, size_t count, uint64_t *ends) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) return line_ends_avx2(bytes, count, ends);
#endif
    line_ends(bytes, count, ends);
}

void cscanning_line_ends_bytewise(const uint8_t *bytes, size_t count, uint64_t *ends) {
    for (size_t i = 0; i < count; i++) {
        if (i % 64 == 0) ends[i / 64] = 0;
        if (bytes[i] == '\n' || bytes[i] == '\r') ends[i / 64] |= UINT64_C(1) << i % 64;
    }
}
