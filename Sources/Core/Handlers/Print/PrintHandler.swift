import Locking
public import Pipeline

/// Prints each message as one line.
///
/// A message is done only when its line has been handed over to where it goes. A slow sink therefore slows the pool,
/// and through it the streams; it never loses a line.
public struct PrintHandler: Handler {
    /// So many messages are printed in one step, at most.
    public static let batch = 128

    private let output: any PrintOutput
    private let formats: PrintFormats
    private let work: SimulatedWork?
    private let spare = SpareMemory()

    /// - Parameters:
    ///   - format: what of the message makes the line; default: its data as it came.
    ///   - watch: sees whether the format finds anything.
    ///   - work: time to spend before printing, for demonstrations and tests of load.
    public init(
        to output: any PrintOutput, format: LineFormat = .rawData, watch: FormatWatch? = nil, work: SimulatedWork? = nil
    ) {
        self.init(to: output, formats: PrintFormats(format) { _, _ in watch }, work: work)
    }

    /// - Parameters:
    ///   - formats: what of the messages makes the lines.
    ///   - work: time to spend before printing.
    public init(to output: any PrintOutput, formats: PrintFormats, work: SimulatedWork? = nil) {
        self.output = output
        self.formats = formats
        self.work = work
    }

    /// As many messages as there are, up to a batch; one at a time where work is to be shown.
    public var demand: Demand { work == nil ? Demand(batch: Self.batch) : Demand() }

    /// A body with buffers of its own.
    public func makeBody(of worker: WorkerHandle) -> any WorkerBody {
        PrintBody(output, formats, work: work, spare)
    }
}

/// Prints one hand after another.
private final class PrintBody: WorkerBody {
    private let output: any PrintOutput
    private let formats: PrintFormats
    private let work: SimulatedWork?
    private let spare: SpareMemory
    /// Used by the worker's task only; the lock is never contended, it shows the compiler so.
    private let renderer: Locked<HandRenderer>

    init(_ output: any PrintOutput, _ formats: PrintFormats, work: SimulatedWork?, _ spare: SpareMemory) {
        self.output = output
        self.formats = formats
        self.work = work
        self.spare = spare
        renderer = Locked(HandRenderer(formats.table))
    }

    /// Answers `done` for each line that the output has taken, and `failed` for each that it has refused. When the worker is told
    /// to stop, the lines that still wait are withdrawn, and their messages not answered for.
    func handle(_ hand: Hand) async throws {
        // The work comes first, so that a worker that is told to stop during it has printed nothing yet.
        if let work { try await work.perform() }
        let lines = renderer.withLock { renderer in
            if let table = formats.table(after: renderer.version) { renderer = HandRenderer(table) }
            return renderer.render(hand, in: spare.take())
        }
        guard hand.beginsHandover() else { throw HandoverTooLate() }
        let untaken = await output.print(lines, of: hand)
        spare.give(lines.releasingMemory())
        guard !untaken.isEmpty else {
            hand.settle(.done)
            return
        }
        hand.report(
            hand.entries.indices.compactMap { index in
                switch untaken[index] {
                case nil: Answer(index, .done)
                case is CancellationError: nil
                // Told to stop, and with it perhaps its output: the message has no part in it.
                case .some where Task.isCancelled: nil
                case let error?: Answer(index, .failed("the line could not be printed: \(error)"))
                }
            })
        try Task.checkCancellation()
    }
}

/// The memory of lines that were written, for the next ones: it still lies in the processor's cache. It is of all workers, so that many
/// of them keep no more than a few.
private final class SpareMemory: Sendable {
    private static let most = 8
    private static let largest = 512 << 10

    private let pieces = Locked<[[UInt8]]>([])

    func take() -> [UInt8] { pieces.withLock { $0.popLast() ?? [] } }

    func give(_ piece: consuming [UInt8]) {
        let piece = piece
        guard piece.capacity <= Self.largest else { return }
        pieces.withLock { if $0.count < Self.most { $0.append(piece) } }
    }
}
