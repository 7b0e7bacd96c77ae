#ifndef PTR_CHARACTERS_H
#define PTR_CHARACTERS_H

#include <stddef.h>
#include <stdint.h>

/// How many bytes the character beyond ASCII has that begins there in UTF-8, as the Unicode Standard has it (table 3-7); 0: none
/// does.
static inline unsigned length_of_character(const uint8_t *text, size_t count) {
    const uint8_t lead = text[0];
    if (count < 2 || lead < 0xC2 || (text[1] & 0xC0) != 0x80) return 0;
    if (lead < 0xE0) return 2;
    if (count < 3 || (text[2] & 0xC0) != 0x80) return 0;
    if (lead < 0xF0) {
        // Not in more bytes than it takes, and no half of a UTF-16 pair.
        return (lead == 0xE0 && text[1] < 0xA0) || (lead == 0xED && text[1] > 0x9F) ? 0 : 3;
    }
    if (count < 4 || (text[3] & 0xC0) != 0x80 || lead > 0xF4) return 0;
    return (lead == 0xF0 && text[1] < 0x90) || (lead == 0xF4 && text[1] > 0x8F) ? 0 : 4;
}

#endif
