#include "CScanning.h"
#include "characters.h"

#if defined(__x86_64__)

// A block of 64 bytes is looked at as masks of 64 bits, a bit for each byte: where strings are follows from their quotes by a
// prefix XOR (as in G. Langdale and D. Lemire, "Parsing gigabytes of JSON per second"), and the grammar from what each token has
// before it: a mask shifted by one, and over white space by an addition whose carry runs through it. What is left to do one by one
// is brackets, escapes, and values that are neither strings nor integers.

#include <immintrin.h>
#include <string.h>

/// A mask of which the compiler does not know that it was made of a vector: it would take it apart into bits again.
#define OPAQUE(mask) \
    ({ \
        uint64_t bits_ = (mask); \
        __asm__("" : "+r"(bits_)); \
        bits_; \
    })

/// What the bytes of a block are.
struct masks {
    uint64_t backslash, quote, control, beyond_ascii, open, close, comma, colon, space, digit, digit_but_zero;
};

/// Moves marks over the white space that follows them, to the byte behind it; returns 1 if that is in the next block.
static inline __attribute__((always_inline)) uint64_t pass(uint64_t *marks, uint64_t space) {
    unsigned long long sum;
    const bool is_beyond = __builtin_uaddll_overflow(*marks & space, space, &sum);
    *marks = (*marks | sum) & ~space;
    return is_beyond;
}

/// As the first bytes of a little-endian word.
#define LITERAL(a, b, c, d) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

static inline bool is_digit(uint8_t byte) { return (uint8_t)(byte - '0') < 10; }

static inline bool is_hexadecimal(uint8_t byte) { return is_digit(byte) || (uint8_t)((byte | 0x20) - 'a') < 6; }

/// Whether an escape goes on like that behind its backslash.
static inline bool is_escape(const uint8_t *text, size_t count, size_t place) {
    if (place >= count) return false;
    switch (text[place]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return true;
    case 'u':
        return count - place > 4 && is_hexadecimal(text[place + 1]) && is_hexadecimal(text[place + 2])
            && is_hexadecimal(text[place + 3]) && is_hexadecimal(text[place + 4]);
    default:
        return false;
    }
}

/// Whether it may be a byte of a number or a literal: no bracket, divider, quote or white space.
static inline bool is_bare(uint8_t byte) {
    switch (byte) {
    case '{':
    case '}':
    case '[':
    case ']':
    case ',':
    case ':':
    case '"':
    case ' ':
    case '\t':
    case '\n':
    case '\r':
        return false;
    default:
        return true;
    }
}

static size_t end_of_digits(const uint8_t *text, size_t count, size_t place) {
    while (place < count && is_digit(text[place])) place++;
    return place;
}

static size_t end_of_number(const uint8_t *text, size_t count, size_t place) {
    if (text[place] == '-') place++;
    size_t end = end_of_digits(text, count, place);
    if (end == place || (text[place] == '0' && end > place + 1)) return 0;
    if (end < count && text[end] == '.') {
        place = end + 1;
        end = end_of_digits(text, count, place);
        if (end == place) return 0;
    }
    if (end < count && (text[end] | 0x20) == 'e') {
        place = end + 1;
        if (place < count && (text[place] == '+' || text[place] == '-')) place++;
        end = end_of_digits(text, count, place);
        if (end == place) return 0;
    }
    return end;
}

/// The end of the number or literal that begins there, if nothing bare follows; 0: it is none.
static inline size_t end_of_bare(const uint8_t *text, size_t count, size_t start) {
    size_t end = 0;
    const size_t left = count - start;
    if (left >= 4 && (memcmp(text + start, "null", 4) == 0 || memcmp(text + start, "true", 4) == 0)) {
        end = start + 4;
    } else if (left >= 5 && memcmp(text + start, "false", 5) == 0) {
        end = start + 5;
    } else {
        end = end_of_number(text, count, start);
    }
    return end > 0 && (end == count || !is_bare(text[end])) ? end : 0;
}

/// Whether each of these places begins a number or a literal.
static bool are_bare(const uint8_t *text, size_t count, const uint32_t *places, unsigned number) {
    for (unsigned index = 0; index < number; index++) {
        const size_t start = places[index];
        if (count - start > 8) {
            uint64_t word;
            memcpy(&word, text + start, 8);
            // Mostly a literal and what follows it.
            const bool is_false = (uint32_t)word == LITERAL('f', 'a', 'l', 's') && (uint8_t)(word >> 32) == 'e';
            const bool is_other =
                (uint32_t)word == LITERAL('n', 'u', 'l', 'l') || (uint32_t)word == LITERAL('t', 'r', 'u', 'e');
            if ((is_false || is_other) && !is_bare((uint8_t)(word >> (is_false ? 40 : 32)))) continue;
        }
        if (end_of_bare(text, count, start) == 0) return false;
    }
    return true;
}

#define TARGET __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt,pclmul")))

TARGET static inline uint64_t both(__m256i low, __m256i high) {
    return OPAQUE((uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32);
}

TARGET static inline struct masks classify(const uint8_t *bytes) {
    const __m256i low = _mm256_loadu_si256((const __m256i *)bytes);
    const __m256i high = _mm256_loadu_si256((const __m256i *)(bytes + 32));
    const __m256i bit = _mm256_set1_epi8(0x20);
#define IS(byte) both(_mm256_cmpeq_epi8(low, _mm256_set1_epi8(byte)), _mm256_cmpeq_epi8(high, _mm256_set1_epi8(byte)))
#define IS_LOWER(byte) \
    both(_mm256_cmpeq_epi8(_mm256_or_si256(low, bit), _mm256_set1_epi8(byte)), \
         _mm256_cmpeq_epi8(_mm256_or_si256(high, bit), _mm256_set1_epi8(byte)))
#define AT_MOST(vector, byte) _mm256_cmpeq_epi8(_mm256_min_epu8(vector, _mm256_set1_epi8(byte)), vector)
    const __m256i low_digit = _mm256_sub_epi8(low, _mm256_set1_epi8('0'));
    const __m256i high_digit = _mm256_sub_epi8(high, _mm256_set1_epi8('0'));
    const __m256i low_nonzero = _mm256_sub_epi8(low, _mm256_set1_epi8('1'));
    const __m256i high_nonzero = _mm256_sub_epi8(high, _mm256_set1_epi8('1'));
    struct masks is = {
        .backslash = IS('\\'),
        .quote = IS('"'),
        .control = both(AT_MOST(low, 0x1F), AT_MOST(high, 0x1F)),
        .beyond_ascii = both(low, high),
        .open = IS_LOWER('{'),
        .close = IS_LOWER('}'),
        .comma = IS(','),
        .colon = IS(':'),
        .space = IS(' '),
        .digit = both(AT_MOST(low_digit, 9), AT_MOST(high_digit, 9)),
        .digit_but_zero = both(AT_MOST(low_nonzero, 8), AT_MOST(high_nonzero, 8)),
    };
    if (is.control) is.space |= IS('\t') | IS('\n') | IS('\r');
#undef IS
#undef IS_LOWER
#undef AT_MOST
    return is;
}

TARGET static inline uint64_t prefix_xor(uint64_t bits) {
    const __m128i ones = _mm_set1_epi8((char)0xFF);
    return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)bits), ones, 0));
}

/// Writes the places of a block's marks, always four at once: then no branch depends on how many of these there are. So there must be
/// room for three more.
TARGET static inline unsigned put_places(uint32_t *places, uint64_t marks, size_t base) {
    const unsigned count = (unsigned)__builtin_popcountll(marks);
    unsigned place = 0;
    do {
        for (unsigned index = place; index < place + 4; index++) {
            places[index] = (uint32_t)(base + (unsigned)_tzcnt_u64(marks));
            marks = _blsr_u64(marks);
        }
        place += 4;
    } while (place < count);
    return count;
}

TARGET ptrdiff_t ptr_json_read(
    const uint8_t *text, size_t count, unsigned deepest, uint32_t *marks, size_t room, bool *has_escaped_names) {
    if (count == 0 || count > UINT32_MAX) return ptr_json_unknown;
    if (deepest > 64) deepest = 64;
    // Of the block before, as bit 0 (the first as all bits): its last byte is in a string; is the backslash of an escape; is bare; is
    // bare and no digit. Its last token is a comma or an opening bracket; is a comma or colon, which is also what the text's beginning
    // is taken for; may be a name; is a string that goes on and may be one.
    uint64_t in_string = 0, in_escape = 0, in_bare = 0, in_odd = 0;
    uint64_t after_start = 0, after_divider = 1, after_name = 0, in_name = 0;
    // The brackets that are open, the innermost as the lowest bit: 1 for an object.
    uint64_t stack = 0;
    unsigned depth = 0;
    size_t mark = 0;
    // Where the marks of the brackets are that are open.
    uint32_t opened[64];
    uint64_t in_escaped = 0, escaped_names = 0;
    uint32_t notes[256];
    unsigned note = 0;
    // Before it all is well-formed UTF-8.
    size_t checked = 0;

    for (size_t base = 0; base < count; base += 64) {
        const uint8_t *bytes = text + base;
        uint8_t last[64];
        if (count - base < 64) {
            memset(last, ' ', sizeof last);
            memcpy(last, bytes, count - base);
            bytes = last;
        }
        // The compiler knows no more of where they are, and so does not take them apart.
        __asm__("" : "+r"(bytes) : : "memory");
        const struct masks is = classify(bytes);

        uint64_t characters = is.beyond_ascii;
        if (checked > base) characters &= checked - base < 64 ? ~0ull << (checked - base) : 0;
        while (characters) {
            const unsigned place = (unsigned)__builtin_ctzll(characters);
            const unsigned length = length_of_character(text + base + place, count - base - place);
            if (length == 0) return ptr_json_unknown;
            checked = base + place + length;
            characters &= place + length < 64 ? ~0ull << (place + length) : 0;
        }

        uint64_t escaped = in_escape;
        uint64_t slashes = is.backslash & ~in_escape;
        in_escape = 0;
        while (slashes) {
            const unsigned place = (unsigned)__builtin_ctzll(slashes);
            if (!is_escape(text, count, base + place + 1)) return ptr_json_unknown;
            if (place == 63) {
                in_escape = 1;
                break;
            }
            escaped |= 2ull << place;
            slashes &= ~(3ull << place);
        }

        // A string from its first quote to the byte before its last one.
        const uint64_t quote = is.quote & ~escaped;
        const uint64_t string = prefix_xor(quote) ^ in_string;
        in_string = (uint64_t)((int64_t)string >> 63);
        const uint64_t first_quote = quote & string, last_quote = quote & ~string;
        uint64_t wrong = is.control & string;

        const uint64_t outside = ~(string | quote);
        const uint64_t open = is.open & outside, close = is.close & outside;
        const uint64_t comma = is.comma & outside, colon = is.colon & outside, space = is.space & outside;
        const uint64_t bare = outside & ~(open | close | comma | colon | space);
        const uint64_t first_bare = bare & ~(bare << 1 | in_bare);
        in_bare = bare >> 63;

        // Behind which token a place is, if a token begins there. Behind none of these it is behind a value.
        const uint64_t divider = comma | colon, start = comma | open;
        uint64_t behind_divider = divider << 1 | after_divider;
        uint64_t behind_start = start << 1 | after_start;
        after_divider = divider >> 63;
        after_start = start >> 63;
        if (space) {
            after_divider |= pass(&behind_divider, space);
            after_start |= pass(&behind_start, space);
        }

        // The strings that may be names, from their first to their last quote: a carry runs through them.
        unsigned long long ends;
        const bool goes_on = __builtin_uaddll_overflow(string, first_quote & behind_start, &ends);
        const bool goes_on_still = __builtin_uaddll_overflow(ends, in_name, &ends);
        in_name = goes_on | goes_on_still;
        const uint64_t name = ends & last_quote;
        if (escaped | in_escaped) {
            // Those of them that have escapes, in the same way.
            const bool is_longer = __builtin_uaddll_overflow(string, escaped & string, &ends);
            const bool is_longer_still = __builtin_uaddll_overflow(ends, in_escaped, &ends);
            in_escaped = is_longer | is_longer_still;
            escaped_names |= ends & name;
        }
        uint64_t behind_name = name << 1 | after_name;
        after_name = name >> 63;
        if (space) after_name |= pass(&behind_name, space);

        // A value has one of them before it, and a comma or colon a value before and behind it; so a closing bracket is behind a value or
        // an opening one.
        const uint64_t begin = first_quote | first_bare | open;
        wrong |= begin & ~(behind_divider | behind_start);
        wrong |= behind_divider & ~begin;
        wrong |= behind_start & divider;
        wrong |= colon & ~behind_name;
        // In an object each member begins with a name; in an array none does; outside nothing is divided.
        const uint64_t wrong_in_object = (behind_name & ~colon) | (begin & behind_start & ~first_quote);

        // What is bare and more than an integer, or begins with a zero. Where it begins is noted, and read when there is no room for
        // more notes.
        const uint64_t odd = bare & ~is.digit;
        // Behind a digit: not far from where the number begins, or it is none.
        for (uint64_t inner = odd & ~(odd << 1 | in_odd | first_bare); inner; inner &= inner - 1) {
            size_t first = base + (unsigned)__builtin_ctzll(inner);
            while (first > 0 && is_bare(text[first - 1])) first--;
            if (end_of_bare(text, count, first) == 0) return ptr_json_unknown;
        }
        in_odd = odd >> 63;
        const uint64_t odds = first_bare & ~is.digit_but_zero;
        note += put_places(notes + note, odds, base);
        if (note > sizeof notes / sizeof *notes - 67) {
            if (!are_bare(text, count, notes, note)) return ptr_json_unknown;
            note = 0;
        }

        if (deepest > 0 && room - mark < 132) return ptr_json_no_room;
        uint64_t brackets = open | close;
        uint64_t rest = ~0ull;
        while (brackets) {
            const unsigned place = (unsigned)__builtin_ctzll(brackets);
            const uint64_t run = rest & ((2ull << place) - 1);
            rest &= ~run;
            brackets &= brackets - 1;
            const uint64_t is_open = open >> place & 1, is_object = bytes[place] >> 5 & 1;
            const uint64_t faults = depth == 0 ? divider : stack & 1 ? wrong_in_object : colon;
            wrong |= faults & run;
            wrong |= ~is_open & (is_object ^ stack) & 1;
            if (depth <= deepest) {
                if (depth > 0) mark += put_places(marks + mark, divider & run, base);
                if (is_open && depth < deepest) {
                    opened[depth] = (uint32_t)mark;
                    marks[mark] = (uint32_t)(base + place);
                    mark += 2;
                } else if (!is_open && depth > 0) {
                    marks[opened[depth - 1] + 1] = (uint32_t)mark;
                    marks[mark++] = (uint32_t)(base + place);
                }
            }
            stack = is_open ? stack << 1 | is_object : stack >> 1;
            depth += is_open ? 1 : -1u;
            // Also below 0.
            wrong |= depth > 64;
        }
        const uint64_t faults = depth == 0 ? divider : stack & 1 ? wrong_in_object : colon;
        if (wrong | (faults & rest)) return ptr_json_unknown;
        if (depth <= deepest && depth > 0) mark += put_places(marks + mark, divider & rest, base);
    }
    if (!are_bare(text, count, notes, note)) return ptr_json_unknown;
    *has_escaped_names = escaped_names != 0;
    return depth == 0 && !in_string && !after_divider ? (ptrdiff_t)mark : ptr_json_unknown;
}

#else

ptrdiff_t ptr_json_read(
    const uint8_t *text, size_t count, unsigned depth, uint32_t *marks, size_t room, bool *has_escaped_names) {
    return ptr_json_unknown;
}

#endif
