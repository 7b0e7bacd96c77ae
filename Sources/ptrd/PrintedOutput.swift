import CoreMetrics
import Handlers
import Locking
import Logging
import ProgramKit
import PtrConfiguration
import Supervision
import Systemd
import Writing

/// The print handler with the writer that it hands its lines to.
struct PrintedOutput {
    let handler: PrintHandler
    /// The writer as a child of application_supervisor.
    let child: ChildSpecification
    /// The writer, if it is the journal that is printed to.
    let journal: BoundedWriter<JournalRecord>?
    /// What holds up the writer at present, in words.
    let trouble: @Sendable () -> String?
    /// What is printed of messages; a reload may have others.
    let formats: ConfiguredFormats
    /// Opens the file anew. What is printed from then on goes to it, also what waits for room in the old one. Returns what became
    /// of that, in words; nil where it is not a file.
    let reopen: @Sendable () async -> String?
    /// Lets the writer finish. To be called when nobody prints any more.
    let close: @Sendable () async -> Void

    /// - Parameter runtime: what the tree reads its time from.
    /// - Throws: why nothing can be printed there.
    init(
        _ whole: Configuration, runtime: SupervisionRuntime, metrics: any MetricsFactory, logger: Logger
    ) throws {
        let configuration = whole.handler.print
        formats = ConfiguredFormats(whole, runtime: runtime, metrics: metrics, logger: logger)
        let simulated = configuration.simulatedWork
        let work = simulated.min.flatMap { min in simulated.max.map { SimulatedWork(min: min, max: $0) } }
        let block = Block()
        trouble = { block.complaint }
        switch configuration.to {
        case .journal:
            // Nothing is received before: it would wait for what may never come.
            guard JournalSink.isAvailable else { throw JournalError.unavailable(socket: JournalSink.standardSocket) }
            let writer = BoundedWriter<JournalRecord>(
                // Small batches: the watchdog sees the progress of each.
                name: "ptrd-journal", limits: .init(batch: 64),
                sink: JournalSink(waiting: { block.note($0, logger) }))
            handler = PrintHandler(to: WriterOutput(toJournal: writer), formats: formats.formats, work: work)
            child = writer.childSpecification("journal_writer")
            journal = writer
            reopen = { nil }
            close = { await writer.close() }
        case .stdout, .file:
            let output: OutputDescriptor =
                if case .file(let path) = configuration.to { try .open(path: path) } else { .standardOutput }
            if case .file(let path) = configuration.to, Sandbox.isPrivate(path) {
                logger.warning(
                    """
                    \(path) is in a folder that the unit has for itself (PrivateTmp=yes): nobody else sees the file, and it \
                    goes when ptrd stops; print to /var/log/ptrd instead
                    """)
            }
            let sink = DescriptorSink<PrintedLine>(output, breaks: true) { block.note($0, logger) }
            let writer = BoundedWriter<PrintedLine>(name: "ptrd-printer", sink: sink)
            handler = PrintHandler(to: WriterOutput(writer), formats: formats.formats, work: work)
            child = writer.childSpecification("line_writer")
            journal = nil
            let opener = OutputOpener(sink, logger)
            reopen = { await opener.reopen() }
            close = { await writer.close() }
        }
    }

    /// What the output waits for. Shared with the writer's thread.
    private final class Block: Sendable {
        private let text = Locked<String?>(nil)

        var complaint: String? { text.withLock { $0 } }

        func note(_ event: DescriptorSink<PrintedLine>.Event, _ logger: Logger) {
            switch event {
            case .diskFull(let name, let shortage):
                let (what, mend) = ("\(name): \(shortage.description)", shortage.mend)
                begin(
                    "\(what): printing, and with it the work, waits; \(mend)",
                    saying: "\(what); printing waits until there is room: \(mend)", logger)
            case .diskHasRoom(let name): end(saying: "\(name): there is room again; printing goes on", logger)
            }
        }

        func note(_ event: JournalSink.Event, _ logger: Logger) {
            switch event {
            case .blocked(let error):
                begin(
                    "printing, and with it the work, waits: \(error)",
                    saying: "printing waits for the journal: \(error)", logger)
            case .takesAgain: end(saying: "the journal takes what is printed again", logger)
            }
        }

        private func begin(_ complaint: String, saying words: String, _ logger: Logger) {
            text.withLock { $0 = complaint }
            logger.error("\(words)", metadata: MessageID.outputFull.metadata())
        }

        private func end(saying words: String, _ logger: Logger) {
            text.withLock { $0 = nil }
            logger.notice("\(words)", metadata: MessageID.outputHasRoom.metadata())
        }
    }

}

/// Opens the printed file anew, where a file system may hang.
private struct OutputOpener: Sendable {
    let sink: DescriptorSink<PrintedLine>
    let logger: Logger
    private let queue = SerialQueue("ptrd-output")

    init(_ sink: DescriptorSink<PrintedLine>, _ logger: Logger) {
        self.sink = sink
        self.logger = logger
    }

    /// Returns what became of it, in words; nil: it is not a file.
    func reopen() async -> String? {
        await queue.run { () throws(Never) in
            do throws(DescriptorError) {
                guard let path = try sink.reopen() else { return nil }
                logger.info("\(path) was opened anew")
                return "\(path) was opened anew"
            } catch {
                let words = "\(error)\(Sandbox.hint(for: error)); the old file is written on"
                logger.error("\(words)")
                return words
            }
        }
    }
}
