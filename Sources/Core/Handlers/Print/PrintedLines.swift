/// A line, without its line end, within the lines of its hand.
public typealias PrintedLine = ArraySlice<UInt8>

/// The lines of a hand, one for each of its messages: in one piece of memory.
public struct PrintedLines: Sendable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    /// - Parameter count: how many there will be.
    init(count: Int) {
        ends.reserveCapacity(count)
    }

    /// Appends a line, which `write` appends to what it is given.
    mutating func append(_ write: (inout [UInt8]) -> Void) {
        write(&bytes)
        ends.append(bytes.count)
    }

    /// Each of them, in the order of their messages.
    public var lines: [PrintedLine] {
        var start = 0
        return ends.map { end in
            defer { start = end }
            return bytes[start..<end]
        }
    }
}
