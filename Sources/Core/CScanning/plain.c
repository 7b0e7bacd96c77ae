#include "CScanning.h"

#include <string.h>

static inline bool is_plain(uint8_t byte) { return (byte >= 0x20 && byte < 0x7F) || byte == '\t'; }

/// Eight at once, which every processor can.
static size_t length_by_words(const uint8_t *text, size_t count, size_t place) {
    const uint64_t ones = 0x0101010101010101, high = ones << 7;
    while (count - place >= 8) {
        uint64_t word;
        memcpy(&word, text + place, 8);
        // The high bit of each byte below 0x20, of 0x7F, and above. A borrow marks one too many only beside one that is marked
        // rightly, and a tab is marked, too: the loop below sorts that out.
        const uint64_t deletes = word ^ ones * 0x7F;
        if ((word | ((word - ones * 0x20) & ~word) | ((deletes - ones) & ~deletes)) & high) {
            for (unsigned index = 0; index < 8; index++) {
                if (!is_plain(text[place + index])) return place + index;
            }
        }
        place += 8;
    }
    while (place < count && is_plain(text[place])) place++;
    return place;
}

#if defined(__x86_64__)

#include <immintrin.h>

__attribute__((target("avx2,bmi"))) static size_t length_by_vectors(const uint8_t *text, size_t count) {
    size_t place = 0;
    for (; count - place >= 32; place += 32) {
        const __m256i block = _mm256_loadu_si256((const __m256i *)(text + place));
        const __m256i shifted = _mm256_sub_epi8(block, _mm256_set1_epi8(0x20));
        const __m256i plain = _mm256_cmpeq_epi8(_mm256_min_epu8(shifted, _mm256_set1_epi8(0x5E)), shifted);
        const __m256i tab = _mm256_cmpeq_epi8(block, _mm256_set1_epi8('\t'));
        const uint32_t stop = ~(uint32_t)_mm256_movemask_epi8(_mm256_or_si256(plain, tab));
        if (stop) return place + (size_t)__builtin_ctz(stop);
    }
    return length_by_words(text, count, place);
}

bool ptr_has_vectors(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2")
        && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("lzcnt");
}

size_t ptr_plain_length(const uint8_t *text, size_t count, bool by_vectors) {
    return by_vectors ? length_by_vectors(text, count) : length_by_words(text, count, 0);
}

#else

bool ptr_has_vectors(void) { return false; }

size_t ptr_plain_length(const uint8_t *text, size_t count, bool by_vectors) { return length_by_words(text, count, 0); }

#endif
