#include "CScanning.h"
#include "characters.h"

#include <string.h>

static inline bool is_plain(uint8_t byte) { return (byte >= 0x20 && byte < 0x7F) || byte == '\t'; }

/// Eight at once, which every processor can.
static size_t length_by_words(const uint8_t *text, size_t count) {
    size_t place = 0;
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
    return place + length_by_words(text + place, count - place);
}

bool ptr_has_vectors(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2")
        && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("lzcnt");
}

static inline size_t plain_length(const uint8_t *text, size_t count, bool by_vectors) {
    return by_vectors ? length_by_vectors(text, count) : length_by_words(text, count);
}

#else

bool ptr_has_vectors(void) { return false; }

static inline size_t plain_length(const uint8_t *text, size_t count, bool by_vectors) { return length_by_words(text, count); }

#endif

size_t ptr_plain_length(const uint8_t *text, size_t count, bool by_vectors) { return plain_length(text, count, by_vectors); }

/// Whether a character beyond ASCII is one of those that ``ptr_printable_length`` stops at.
static inline bool is_steering(const uint8_t *text, unsigned length) {
    switch (length) {
    case 2:
        return text[0] == 0xC2 && text[1] < 0xA0;
    case 3:
        if (text[0] == 0xE2) {
            return (text[1] == 0x80 && text[2] >= 0xA8 && text[2] <= 0xAE)
                || (text[1] == 0x81 && text[2] >= 0xA6 && text[2] <= 0xA9);
        }
        return text[0] == 0xEF
            && ((text[1] == 0xB7 && text[2] >= 0x90 && text[2] <= 0xAF) || (text[1] == 0xBF && text[2] >= 0xBE));
    default:
        return (text[1] & 0x0F) == 0x0F && text[2] == 0xBF && text[3] >= 0xBE;
    }
}

size_t ptr_printable_length(const uint8_t *text, size_t count, bool by_vectors) {
    size_t place = 0;
    while (true) {
        place += plain_length(text + place, count - place, by_vectors);
        if (place == count || text[place] < 0x80) return place;
        do {
            const unsigned length = length_of_character(text + place, count - place);
            if (length == 0 || is_steering(text + place, length)) return place;
            place += length;
        } while (place < count && text[place] >= 0x80);
    }
}
