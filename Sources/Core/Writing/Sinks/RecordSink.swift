/// What a ``BoundedWriter`` carries: it knows its size, so that memory can be bounded in bytes too.
public protocol BoundedRecord: Sendable {
    /// The bytes this record keeps in memory while it waits, about.
    var byteCount: Int { get }

    /// Those of several.
    static func byteCount(of records: [Self]) -> Int
}

extension BoundedRecord {
    /// The sum of them.
    public static func byteCount(of records: [Self]) -> Int { records.reduce(0) { $0 + $1.byteCount } }
}

/// A record that is written as a line of bytes.
public protocol LineRecord: BoundedRecord {
    /// Appends the line's bytes. The line feed that ends it is the sink's part; line feeds within it are the caller's.
    func appendLine(to buffer: inout [UInt8])

    /// The first of these records where they lie in memory one behind the other, each with the line feed that ends it, so that they need not
    /// be copied; `ends` gets where each of them ends, from the beginning of the first. Nil: not even the first lies so.
    static func piece(of records: ArraySlice<Self>, ends: inout [Int]) -> ArraySlice<UInt8>?
}

extension LineRecord {
    /// Nil: each is to be copied.
    public static func piece(of records: ArraySlice<Self>, ends: inout [Int]) -> ArraySlice<UInt8>? { nil }
}

extension String: LineRecord {
    /// The bytes of the text in UTF-8, without the line feed that ends it.
    public var byteCount: Int { utf8.count }
    /// Appends the text in UTF-8.
    public func appendLine(to buffer: inout [UInt8]) { buffer.append(contentsOf: utf8) }
}

/// Where a ``BoundedWriter`` hands its records to. There is one for a descriptor (``DescriptorSink``) and one for the journal; which
/// of them is written to is chosen where the program makes its output.
///
/// The writer calls it from its own thread only, one batch at a time, so it may block: that is what the thread is for.
public protocol RecordSink<Record>: Sendable {
    associatedtype Record: BoundedRecord

    /// Takes a batch, in order.
    ///
    /// - Parameters:
    ///   - records: One record or more.
    ///   - interruption: Once requested, return soon with what has been decided so far.
    /// - Returns: How far the sink came, and what it refused.
    func write(_ records: [Record], until interruption: Interruption) -> BatchResult
}

/// How far a sink came with a batch.
public struct BatchResult: Sendable {
    /// Why the sink returned.
    public enum End: Sendable {
        /// It may be called again, with what is undecided first. It must have decided at least one record.
        case ready
        /// It was asked to return.
        case interrupted
        /// It cannot go on. The writer's thread ends with this error; what is undecided stays queued for the next one.
        case failed(any Error)
    }

    /// So many records, from the first on, have been taken or refused for good.
    public var decided: Int
    /// Those of them that were refused: the index in the batch, and why.
    public var refused: [Int: any Error]
    /// Why the sink returned.
    public var end: End

    /// Creates a result.
    public init(decided: Int, refused: [Int: any Error] = [:], end: End = .ready) {
        self.decided = decided
        self.refused = refused
        self.end = end
    }

    /// All of a batch has been taken.
    public static func taken(_ count: Int) -> BatchResult { BatchResult(decided: count) }

    /// All of a batch has been refused for one reason.
    public static func refused(_ count: Int, because error: any Error) -> BatchResult {
        BatchResult(decided: count, refused: Dictionary(uniqueKeysWithValues: (0..<count).map { ($0, error) }))
    }

    /// The sink broke after it had decided `count` records.
    public static func failed(after count: Int, _ error: any Error) -> BatchResult {
        BatchResult(decided: count, end: .failed(error))
    }
}
