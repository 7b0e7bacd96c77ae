import Logging
import ProgramKit
import TestKit
import Testing
import Writing

@testable import Systemd

@Suite("Logging")
struct LoggingTests {
    private struct SomeError: Error, CustomStringConvertible {
        let description = "no route"
    }

    private func event(
        _ message: Logger.Message, level: Logger.Level = .info, error: (any Error)? = nil,
        metadata: Logger.Metadata? = nil
    ) -> LogEvent {
        LogEvent(
            level: level, message: message, error: error, metadata: metadata, source: nil, file: "ptrd/Main.swift",
            function: "main()", line: 7)
    }

    @Test(
        "goes to the journal only when stderr is the journal's",
        arguments: [
            ("8:42", "x", false, LogDestination.journal), ("8:42", nil, true, .journal),
            ("8:43", "x", false, .prefixedLines),
            ("8:43", "x", true, .readableLines), (nil, "x", false, .prefixedLines), (nil, "x", true, .readableLines),
            (nil, nil, false, .readableLines), ("nonsense", nil, false, .readableLines),
            ("8:42:1", nil, false, .readableLines),
        ] as [(String?, String?, Bool, LogDestination)])
    func destination(journalStream: String?, invocation: String?, isTerminal: Bool, expected: LogDestination) {
        let chosen = LogDestination.choose(
            journalStream: journalStream, invocationID: invocation, standardError: .init(device: 8, inode: 42),
            isTerminal: isTerminal)
        #expect(chosen == expected)
    }

    /// The line that a logger writes to stderr.
    private func line(of event: LogEvent, isPrefixed: Bool) -> String {
        WriterLogHandler(
            label: "ptrd", level: SharedLogLevel(.info), writer: BoundedWriter(name: "test", sink: ScriptedSink()),
            make: { [noon] in
                isPrefixed
                    ? LogLine.prefixed($0, label: $1, metadata: $2)
                    : LogLine.readable($0, label: $1, metadata: $2, time: noon)
            }
        ).record(of: event)
    }

    private func journalHandler(_ label: String = "ptrd") -> WriterLogHandler<JournalRecord> {
        WriterLogHandler(
            label: label, level: SharedLogLevel(.info), writer: BoundedWriter(name: "test", sink: JournalSink()),
            make: { JournalRecord($0, label: $1, metadata: $2, identifier: "ptrd") })
    }

    private let noon = UTCTime(seconds: 1_767_268_800, microseconds: 7000)

    @Test("lines for people have time, level, logger, message and sorted metadata")
    func readableLine() {
        let message = line(
            of: event("message", metadata: ["worker": "worker.1.2", "stream": "tweets 1"]), isPrefixed: false)
        #expect(message == "2026-01-01T12:00:00.007Z info  ptrd: message stream=\"tweets 1\" worker=worker.1.2")
        let error = line(of: event("m", level: .error, error: SomeError()), isPrefixed: false)
        #expect(error == "2026-01-01T12:00:00.007Z error ptrd: m error=\"no route\"")
    }

    @Test("lines for the service manager have the priority's prefix and no time")
    func prefixedLine() {
        #expect(line(of: event("m", level: .warning), isPrefixed: true) == "<4>ptrd: m")
        #expect(
            line(of: event("m", metadata: ["message_id": "abc", "a": ""]), isPrefixed: true) == "<6>ptrd: m a=\"\"")
    }

    @Test("a line feed in a message or a value cannot forge a line")
    func lineInjection() {
        let line = line(of: event("a\n<0>forged\u{1b}[2J", metadata: ["k\n": "v\r\n\"\\"]), isPrefixed: true)
        #expect(line == #"<6>ptrd: a\n<0>forged\u{1b}[2J k\n="v\r\n\"\\""#)
        #expect(!line.unicodeScalars.contains("\n"))
    }

    @Test("what a journal entry quotes from outside is text to journalctl, and its lines stay lines")
    func printableEntry() {
        let record = journalHandler().record(
            of: event("a\u{9B}31m\u{1B}[2J\nb\u{202E}", level: .error, error: Odd(), metadata: ["k": "v\u{7}"]))
        let fields = record.fields.map { String(decoding: $0, as: UTF8.self) }
        #expect(fields.contains(#"MESSAGE=a\x9b31m\x1b[2J"# + "\n" + #"b\u{202e}"#))
        #expect(fields.contains(#"PTRD_K=v\x07"#) && fields.contains(#"PTRD_ERROR=\x00"#), "\(fields)")
    }

    private struct Odd: Error, CustomStringConvertible {
        var description: String { "\0" }
    }

    @Test("journal entries carry metadata as fields, and the message's id unprefixed")
    func journalEntry() {
        var handler = journalHandler("ptrd.flow")
        handler[metadataKey: "stream"] = "tweets-1"
        handler.metadataProvider = Logger.MetadataProvider { ["worker": "provided", "sequence": "1"] }
        let record = handler.record(
            of: event(
                "state\nchanged", level: .notice, error: SomeError(),
                metadata: ["worker": "worker.1.1", "event_id": "e", "message_id": "0123"]))
        let fields = record.fields.map { String(decoding: $0, as: UTF8.self) }.sorted()
        #expect(
            fields == [
                "CODE_FILE=ptrd/Main.swift", "CODE_FUNC=main()", "CODE_LINE=7", "MESSAGE=state\nchanged",
                "MESSAGE_ID=0123",
                "PRIORITY=5", "PTRD_ERROR=no route", "PTRD_EVENT_ID=e", "PTRD_LOGGER=ptrd.flow", "PTRD_SEQUENCE=1",
                "PTRD_STREAM=tweets-1", "PTRD_WORKER=worker.1.1", "SYSLOG_IDENTIFIER=ptrd",
            ])
    }

    @Test("a message's name becomes its identifier")
    func messageName() {
        let record = journalHandler().record(of: event("m", metadata: ["message_id": "stream-down"]))
        let fields = record.fields.map { String(decoding: $0, as: UTF8.self) }
        #expect(fields.contains("MESSAGE_ID=\(MessageID.streamDown.id)"))
    }

    @Test("the process's level changes at run time, and a logger's own level stays its own")
    func levels() async throws {
        let sink = ScriptedSink(isGated: false)
        let writer = try LogWriter(
            destination: .prefixedLines, identifier: "ptrd", level: .info,
            limits: WriterLimits(records: 100, bytes: 10_000), lines: sink)
        let logger = Logger(label: "a") { writer.makeHandler(label: $0) }
        var own = Logger(label: "b") { writer.makeHandler(label: $0) }
        own.logLevel = .error
        logger.debug("hidden")
        writer.level.level = .debug
        logger.debug("shown")
        own.info("hidden")
        own.error("own")
        writer.level.level = .critical
        logger.error("hidden")
        await writer.close()
        #expect(sink.taken == ["<7>a: shown", "<3>b: own"])
        #expect(writer.counters.written == 2)
    }

    @Test("a stalled reader costs lines, never a task, and the loss is told once it ends")
    func stalledReader() async throws {
        let sink = ScriptedSink()
        let writer = try LogWriter(
            destination: .prefixedLines, identifier: "ptrd", level: .info,
            limits: WriterLimits(records: 2, bytes: 10_000), lines: sink)
        let logger = Logger(label: "a") { writer.makeHandler(label: $0) }
        var batches = sink.batches.makeAsyncIterator()
        logger.info("1")
        _ = await batches.next()
        for number in 2...5 { logger.info("\(number)") }
        #expect(writer.counters.dropped == 3)
        sink.release()
        sink.release()
        sink.release()
        await writer.close()
        #expect(sink.taken == ["<6>a: 1", "<6>a: 2", "<4>ptrd: 3 log lines were dropped"])
    }
}
