import Handlers
import Locking
import Logging
import PtrConfiguration
import Supervision
import Systemd

/// The print handler with the writer that it hands its lines to.
struct PrintedOutput {
    let handler: PrintHandler
    /// The writer as a child of application_supervisor.
    let child: ChildSpecification
    /// The writer, if it is the journal that is printed to.
    let journal: BoundedWriter<JournalRecord>?
    /// What holds up the writer at present, in words.
    let trouble: @Sendable () -> String?
    /// Opens the file anew before the next line; nothing happens where it is not a file.
    let reopen: @Sendable () -> Void
    private let closeWriter: @Sendable () async -> Void

    init(_ configuration: PrintConfiguration, logger: Logger) throws {
        let template =
            configuration.format.map { PrintTemplate($0.segments.map(PrintTemplate.Segment.init)) } ?? .rawData
        let work = configuration.simulatedWork.map { Handlers.SimulatedWork(min: $0.min, max: $0.max) }
        switch configuration.destination {
        case .journal:
            let writer = BoundedWriter<JournalRecord>(
                // Small batches: the watchdog sees the progress of each.
                name: "ptrd-journal", limits: .init(batch: 64), sink: JournalSink())
            handler = PrintHandler(to: JournalOutput(writer, identifier: "ptrd"), template: template, work: work)
            child = writer.childSpecification("journal_writer")
            journal = writer
            trouble = { nil }
            reopen = {}
            closeWriter = { await writer.close() }
        case .stdout:
            self = Self.lines(to: .standardOutput, template, work, logger)
        case .file(let path):
            self = Self.lines(to: try OutputDescriptor.open(path: path), template, work, logger)
        }
    }

    private init(
        handler: PrintHandler, child: ChildSpecification, trouble: @escaping @Sendable () -> String?,
        reopen: @escaping @Sendable () -> Void, closeWriter: @escaping @Sendable () async -> Void
    ) {
        self.handler = handler
        self.child = child
        journal = nil
        self.trouble = trouble
        self.reopen = reopen
        self.closeWriter = closeWriter
    }

    private static func lines(
        to output: OutputDescriptor, _ template: PrintTemplate, _ work: Handlers.SimulatedWork?, _ logger: Logger
    ) -> PrintedOutput {
        let fullDisk = FullDisk()
        let sink = DescriptorSink<[UInt8]>(output, breaks: true) { event in
            switch event {
            case .diskFull(let name):
                fullDisk.name.withLock { $0 = name }
                logger.error(
                    "\(name): the disk is full; printing waits until there is room",
                    metadata: MessageID.outputFull.metadata())
            case .diskHasRoom(let name):
                fullDisk.name.withLock { $0 = nil }
                logger.notice(
                    "\(name): there is room again; printing goes on", metadata: MessageID.outputHasRoom.metadata())
            case .reopened(let path): logger.info("\(path) was opened anew")
            case .cannotReopen(let error): logger.error("\(error); the old file is written on")
            }
        }
        let writer = BoundedWriter<[UInt8]>(name: "ptrd-printer", sink: sink)
        return PrintedOutput(
            handler: PrintHandler(to: DescriptorOutput(writer), template: template, work: work),
            child: writer.childSpecification("line_writer"), trouble: { fullDisk.complaint },
            reopen: { sink.reopen() }, closeWriter: { await writer.close() })
    }

    /// Shared with the writer's thread.
    private final class FullDisk: Sendable {
        /// Of the output whose disk is full.
        let name = Locked<String?>(nil)

        var complaint: String? {
            name.withLock { $0 }.map { "the disk of \($0) is full: printing, and with it the work, waits for room" }
        }
    }

    /// Lets the writer finish. To be called when nobody prints any more.
    func close() async {
        await closeWriter()
    }
}

extension PrintTemplate.Segment {
    init(_ segment: PrintFormat.Segment) {
        switch segment {
        case .literal(let bytes): self = .text(String(decoding: bytes, as: UTF8.self))
        case .path(let components):
            self = .value(
                components.map { component in
                    switch component {
                    case .key(let name): .member(name)
                    case .index(let index): .element(index)
                    }
                })
        }
    }
}
