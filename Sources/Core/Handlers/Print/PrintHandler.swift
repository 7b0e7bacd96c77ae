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
    private let format: LineFormat
    private let work: SimulatedWork?
    private let watch: FormatWatch?

    /// - Parameters:
    ///   - format: what of the message makes the line; default: its data as it came.
    ///   - watch: sees whether the format finds anything.
    ///   - work: time to spend before printing, for demonstrations and tests of load.
    public init(
        to output: any PrintOutput, format: LineFormat = .rawData, watch: FormatWatch? = nil, work: SimulatedWork? = nil
    ) {
        self.output = output
        self.format = format
        self.watch = watch
        self.work = work
    }

    /// As many messages as there are, up to a batch; one at a time where work is to be shown.
    public var demand: Demand { work == nil ? Demand(batch: Self.batch) : Demand() }

    /// A body with buffers of its own.
    public func makeBody(of worker: WorkerHandle) -> any WorkerBody {
        PrintBody(output, format, watch: watch, work: work)
    }
}

/// Prints one hand after another.
private final class PrintBody: WorkerBody {
    private struct Buffers {
        var renderer: LineRenderer
        var findings: FormatFindings
    }

    private let output: any PrintOutput
    private let watch: FormatWatch?
    private let work: SimulatedWork?
    /// Used by the worker's task only; the lock is never contended, it shows the compiler so.
    private let buffers: Locked<Buffers>

    init(_ output: any PrintOutput, _ format: LineFormat, watch: FormatWatch?, work: SimulatedWork?) {
        self.output = output
        self.watch = watch
        self.work = work
        buffers = Locked(Buffers(renderer: LineRenderer(format), findings: FormatFindings(format)))
    }

    /// Answers `done` for each line that the output has taken, and `failed` for each that it has refused. When the worker is told
    /// to stop, the lines that still wait are withdrawn, and their messages not answered for.
    func handle(_ hand: Hand) async throws {
        // The work comes first, so that a worker that is told to stop during it has printed nothing yet.
        if let work { try await work.perform() }
        let lines = buffers.withLock { render(hand, &$0) }
        guard hand.beginsHandover() else { throw HandoverTooLate() }
        let untaken = await output.print(lines, of: hand)
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

    private func render(_ hand: Hand, _ buffers: inout Buffers) -> PrintedLines {
        var lines = PrintedLines(count: hand.entries.count)
        buffers.findings.removeAll()
        for entry in hand.entries {
            lines.append { line in buffers.renderer.append(entry.message, to: &line, &buffers.findings) }
        }
        watch?.note(buffers.findings) { hand.entries[$0].message.event.data }
        return lines
    }
}
