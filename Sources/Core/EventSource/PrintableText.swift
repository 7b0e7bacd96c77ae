import NIOCore

/// What is printable of a text that a stranger wrote, on one line: runs of anything else become one space.
///
/// - Parameter limit: the most bytes of UTF-8.
func printable(_ text: some StringProtocol, limit: Int) -> String {
    var result = ""
    var length = 0
    var isAfterGap = false
    for scalar in text.unicodeScalars {
        guard isPrintable(scalar) else {
            isAfterGap = true
            continue
        }
        let gap = isAfterGap && !result.isEmpty ? 1 : 0
        let size = UTF8.width(scalar)
        guard length + gap + size <= limit else { break }
        if gap > 0 { result.append(" ") }
        result.unicodeScalars.append(scalar)
        length += gap + size
        isAfterGap = false
    }
    return result
}

/// Whether a terminal shows the character, and does nothing else.
private func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return 0x21...0x7E ~= scalar.value }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .spaceSeparator:
        return false
    default:
        // What stands for bytes that are no text.
        return scalar != "\u{FFFD}"
    }
}
