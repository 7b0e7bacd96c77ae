/// A line in memory that it shares with the lines before and behind it, so that many take one allocation and one write. (No line keeps
/// the memory of others for longer than they wait together.)
public struct SharedLine: LineRecord, RandomAccessCollection {
    private let memory: [UInt8]
    /// The first byte.
    public let startIndex: Int
    /// Where the line feed is that ends it.
    public let endIndex: Int

    /// - Parameters:
    ///   - memory: with the line feed that ends it behind the line.
    ///   - start: where it begins.
    ///   - end: where its line feed is.
    public init(in memory: [UInt8], from start: Int, to end: Int) {
        precondition(start >= 0 && start <= end && memory[end] == UInt8(ascii: "\n"), "a line feed ends a line")
        self.memory = memory
        (startIndex, endIndex) = (start, end)
    }

    /// A byte of the line.
    public subscript(index: Int) -> UInt8 { memory[index] }

    /// The bytes of the line, in one piece.
    public func withContiguousStorageIfAvailable<Result>(
        _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
    ) rethrows -> Result? {
        try memory[startIndex..<endIndex].withContiguousStorageIfAvailable(body)
    }

    /// The bytes of the line, without the line feed that ends it.
    public var byteCount: Int { endIndex - startIndex }

    /// Those of several.
    public static func byteCount(of records: [Self]) -> Int {
        var sum = 0
        for index in records.indices { sum += records[index].byteCount }
        return sum
    }

    /// Appends the bytes as they are.
    public func appendLine(to buffer: inout [UInt8]) { buffer.append(contentsOf: memory[startIndex..<endIndex]) }

    /// Those that follow each other in one memory.
    public static func piece(of records: ArraySlice<Self>, ends: inout [Int]) -> ArraySlice<UInt8>? {
        guard let first = records.first else { return nil }
        let address = first.memory.withUnsafeBufferPointer { $0.baseAddress }
        var end = first.startIndex
        for index in records.indices {
            guard records[index].startIndex == end,
                records[index].memory.withUnsafeBufferPointer({ $0.baseAddress }) == address
            else { break }
            end = records[index].endIndex + 1
            ends.append(end - first.startIndex)
        }
        return first.memory[first.startIndex..<end]
    }
}
