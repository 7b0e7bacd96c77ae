public import Pipeline
public import Supervision
public import Writing

/// A line, without its line end, within the lines of its hand.
public typealias PrintedLine = SharedLine

/// The lines of a hand, one for each of its messages: in one piece of memory, each with the line feed that ends it.
public struct PrintedLines: Sendable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    /// - Parameters:
    ///   - count: how many there will be.
    ///   - bytes: and how many bytes of them, about.
    ///   - memory: is written over.
    init(count: Int, bytes: Int = 0, in memory: consuming [UInt8] = []) {
        ends.reserveCapacity(count)
        self.bytes = memory
        self.bytes.removeAll(keepingCapacity: true)
        guard self.bytes.capacity < bytes else { return }
        // A little more than wanted, so that it will be enough for the next ones, too.
        self.bytes.reserveCapacity(bytes + bytes / 8)
    }

    /// Gives up the lines for the memory that they lie in.
    consuming func releasingMemory() -> [UInt8] { bytes }

    /// How many bytes they have together.
    var byteCount: Int { bytes.count }

    /// Appends a line, which `write` appends to what it is given.
    mutating func append(_ write: (inout [UInt8]) -> Void) {
        write(&bytes)
        ends.append(bytes.count)
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Each of them, in the order of their messages.
    public var lines: [PrintedLine] {
        var start = 0
        return ends.map { end in
            defer { start = end + 1 }
            return PrintedLine(in: bytes, from: start, to: end)
        }
    }
}

/// Where printed lines go.
public protocol PrintOutput: Sendable {
    /// Hands over the lines of a hand; returns when each is decided.
    ///
    /// - Returns: why lines were not taken, by their place; see ``BoundedWriter/write(all:)``.
    func print(_ lines: PrintedLines, of hand: Hand) async -> [Int: any Error]
}

/// Prints through a writer, which others run and close.
public struct WriterOutput<Record: BoundedRecord>: PrintOutput {
    private let writer: BoundedWriter<Record>
    private let records: @Sendable (PrintedLines, Hand) -> [Record]

    /// - Parameter records: makes a record of each line.
    public init(
        _ writer: BoundedWriter<Record>, records: @escaping @Sendable (_ lines: PrintedLines, _ hand: Hand) -> [Record]
    ) {
        self.writer = writer
        self.records = records
    }

    /// Prints the lines as they are, and nothing else of the messages.
    public init(_ writer: BoundedWriter<Record>) where Record == PrintedLine {
        self.init(writer) { lines, _ in lines.lines }
    }

    /// Writes a record for each line.
    @specialized(where Record == PrintedLine)
    public func print(_ lines: PrintedLines, of hand: Hand) async -> [Int: any Error] {
        await writer.write(all: records(lines, hand))
    }
}

extension BoundedWriter {
    /// The writer's thread as a supervised child: when it ends by an error it is started again and goes on with what is
    /// queued.
    public func childSpecification(_ id: ChildID) -> ChildSpecification {
        ChildSpecification(id: id) { [self] _ in try await run() }
    }
}
