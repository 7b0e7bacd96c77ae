import CScanning

/// Reads JSON 64 bytes at once, where the processor has the vectors for it; see `ptr_json_read`.
struct JSONScanner: Sendable {
    /// What has been marked in a document that was read last.
    private(set) var marks: [UInt32] = []
    /// How many marks there are.
    private(set) var count = 0
    /// Whether a member's name has an escape.
    private(set) var hasEscapedNames = false
    private let hasVectors = Self.hasVectors

    /// So many marks at most, in 32 KiB: what has more is read without them.
    private static let mostMarks = 1 << 13
    private static let hasVectors = ptr_has_vectors()

    /// Marks where the outermost objects and arrays of a document begin, are divided and end.
    ///
    /// - Parameter depth: so many of them in each other are marked.
    /// - Returns: whether it is JSON; false: this way does not tell.
    mutating func mark(_ document: Span<UInt8>, depth: Int) -> Bool {
        guard hasVectors else { return false }
        if marks.isEmpty { marks = Array(repeating: 0, count: 512) }
        while true {
            count = document.withUnsafeBufferPointer { document in
                marks.withUnsafeMutableBufferPointer { marks in
                    ptr_json_read(
                        document.baseAddress, document.count, UInt32(clamping: depth), marks.baseAddress, marks.count,
                        &hasEscapedNames)
                }
            }
            guard count == Int(ptr_json_no_room.rawValue), marks.count < Self.mostMarks else { return count >= 0 }
            marks = Array(repeating: 0, count: marks.count * 4)
        }
    }

    /// Whether it is JSON; false: it may be, all the same.
    static func isJSON(_ document: Span<UInt8>) -> Bool {
        guard hasVectors else { return false }
        var hasEscapedNames = false
        return document.withUnsafeBufferPointer {
            ptr_json_read($0.baseAddress, $0.count, 0, nil, 0, &hasEscapedNames)
        } >= 0
    }
}
