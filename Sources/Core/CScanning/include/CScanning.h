#ifndef PTR_CSCANNING_H
#define PTR_CSCANNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lines.h"

/// Whether the processor has the vectors that the searches here are made of.
bool ptr_has_vectors(void);

/// What ``ptr_json_read`` says instead of a count.
enum ptr_json_answer {
    /// It is no JSON, or has what is not looked into here: without a slower look nobody knows.
    ptr_json_unknown = -1,
    /// There are more marks than there is room for.
    ptr_json_no_room = -2,
};

/// Checks that a text is one value of JSON (RFC 8259) in well-formed UTF-8, with at most 64 objects and arrays in each other, and
/// notes where the outermost of them begin, are divided and end. Only where the processor has the vectors.
///
/// A mark is the place of a bracket of an object or array in which at most `depth - 1` others are around it, or of a comma or
/// colon directly in it; they are in order. Behind the mark of an opening bracket stands the number of that of the closing one.
/// Nothing outside of the text is read.
///
/// @param marks has room for `room` of them. Without 132 places left for each 64 bytes there may be none.
/// @param has_escaped_names whether a member's name has an escape, if it is JSON.
/// @return how many marks there are, with those numbers, or one of `ptr_json_answer`.
ptrdiff_t ptr_json_read(
    const uint8_t *_Nullable text, size_t count, unsigned depth, uint32_t *_Nullable marks, size_t room,
    bool *_Nonnull has_escaped_names);

/// How many bytes, from the first on, may stand in a printed line: printable ASCII and tabs. Nothing outside of the text is read.
///
/// @param by_vectors only where the processor has them.
size_t ptr_plain_length(const uint8_t *_Nullable text, size_t count, bool by_vectors);

/// How many bytes, from the first on, are printable ASCII, tabs and characters beyond ASCII in well-formed UTF-8, but for what steers
/// a terminal or ends a line somewhere: C1, U+2028 and U+2029, U+202A to U+202E, U+2066 to U+2069, and noncharacters. Nothing outside
/// of the text is read.
///
/// @param by_vectors only where the processor has them.
size_t ptr_printable_length(const uint8_t *_Nullable text, size_t count, bool by_vectors);

#endif
