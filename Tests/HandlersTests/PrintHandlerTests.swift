import Foundation
import Locking
import Logging
import NIOCore
import Pipeline
import Supervision
import Testing
import Writing

@testable import Handlers

@Suite("The print handler, in a tree")
struct PrintHandlerTests {
    /// Runs a tree over the given data until all of it is settled.
    private func run(
        _ data: [String], _ handler: PrintHandler, writers: [ChildSpecification] = [],
        _ adjust: (inout ApplicationSettings) -> Void = { _ in }
    ) async -> LedgerSnapshot {
        var settings = ApplicationSettings()
        settings.initialBackoff = .milliseconds(1)
        adjust(&settings)
        let source = ListSource(data)
        let application = Application(
            settings: settings, sources: [source], handler: handler, writers: writers, store: NoStore(),
            wallClock: { 0 }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let life = Task { await application.run() }
        await source.brought.wait()
        #expect(await application.drain(within: .seconds(60)) == 0)
        application.stop()
        _ = await life.value
        return application.status.messages
    }

    @Test("prints each message as a line of a file, once")
    func file() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "ptr-print-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let writer = BoundedWriter<PrintedLine>(
            name: "test", sink: DescriptorSink(try OutputDescriptor.open(path: path)))
        let data = (1...500).map { "line \($0)" }
        let messages = await run(
            data, PrintHandler(to: WriterOutput(writer)), writers: [writer.childSpecification("line_writer")])
        #expect(messages.processed == 500)
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(lines.sorted() == data.sorted())
        await writer.close()
    }

    @Test("a message is done only when its line has been taken: a reader that waits makes the pool wait")
    func slowSink() async throws {
        let pipe = Pipe()
        let writer = BoundedWriter<PrintedLine>(
            name: "test",
            sink: DescriptorSink(OutputDescriptor(number: pipe.fileHandleForWriting.fileDescriptor, name: "pipe")))
        // More than a pipe holds, so that it is full until somebody reads. What waits for it is not overdue.
        let data = (1...200).map { "\($0) " + String(repeating: "x", count: 2000) }
        let reader = Task {
            await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    var text = Data()
                    // Not before everybody has waited for longer than the timeout.
                    Thread.sleep(forTimeInterval: 0.3)
                    while text.count(where: { $0 == 0x0A }) < 200 { text += pipe.fileHandleForReading.availableData }
                    continuation.resume(returning: text)
                }
            }
        }
        let messages = await run(
            data, PrintHandler(to: WriterOutput(writer)), writers: [writer.childSpecification("line_writer")]
        ) { $0.workerTimeout = .milliseconds(20) }
        #expect(messages.processed == 200 && messages.retried == 0)
        let lines = String(decoding: await reader.value, as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(lines.sorted() == data.sorted())
        await writer.close()
    }

    @Test("a crash of the writer: its queue stays, and each line is printed once when its thread is back")
    func writerCrash() async throws {
        let pipe = Pipe()
        let writer = BoundedWriter<PrintedLine>(
            name: "test",
            sink: DescriptorSink(OutputDescriptor(number: pipe.fileHandleForWriting.fileDescriptor, name: "pipe")))
        // More than a pipe holds, so that the writer is in the middle of a line while nobody reads.
        let data = (1...200).map { "\($0) " + String(repeating: "x", count: 2000) }
        let source = ListSource(data)
        let application = Application(
            sources: [source], handler: PrintHandler(to: WriterOutput(writer)),
            writers: [writer.childSpecification("line_writer")], store: NoStore(), wallClock: { 0 },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let life = Task { await application.run() }
        await source.brought.wait()
        for _ in 0..<3 {
            let report = try await application.crash(.writer(nil))
            #expect(report.child == "line_writer" && report.replacement != nil)
        }
        let reader = Task {
            await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    var text = Data()
                    while text.count(where: { $0 == 0x0A }) < 200 { text += pipe.fileHandleForReading.availableData }
                    continuation.resume(returning: text)
                }
            }
        }
        #expect(await application.drain(within: .seconds(60)) == 0)
        let lines = String(decoding: await reader.value, as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(lines.sorted() == data.sorted())
        #expect(application.status.messages.processed == 200 && application.status.messages.retried == 0)
        #expect(application.status.restarts == 3)
        application.stop()
        _ = await life.value
        await writer.close()
    }

    @Test("a line that cannot be printed is a failure, not a crash")
    func failingSink() async {
        struct Broken: PrintOutput {
            struct Full: Error {}
            func print(_ lines: PrintedLines, of hand: Hand) async -> [Int: any Error] {
                Dictionary(uniqueKeysWithValues: hand.entries.indices.map { ($0, Full()) })
            }
        }
        let messages = await run(["a", "b"], PrintHandler(to: Broken())) { $0.maxAttempts = 2 }
        #expect(messages.deadLettered == 2 && messages.retried == 2)
    }

    @Test("an output learns the message and the worker")
    func fields() async {
        let output = CollectingOutput()
        _ = await run(["a"], PrintHandler(to: output))
        // Whichever was ready first.
        #expect(output.printed.map { $0.dropLast() } == ["a of list 1 by worker.1."])
    }

    @Test("simulated work is normally distributed within its bounds")
    func simulatedWork() {
        let work = SimulatedWork(min: .milliseconds(50), max: .milliseconds(500))
        var generator = SystemRandomNumberGenerator()
        let drawn = (0..<10_000).map { _ in work.duration(using: &generator) / .milliseconds(1) }
        #expect(drawn.allSatisfy { $0 >= 50 && $0 <= 500 })
        let mean = drawn.reduce(0, +) / 10_000
        #expect(abs(mean - 275) < 5)
        let deviation = (drawn.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 10_000).squareRoot()
        #expect(abs(deviation - 75) < 5)
    }
}

private final class CollectingOutput: PrintOutput {
    private let lines = Locked<[String]>([])
    var printed: [String] { lines.withLock { $0 } }

    func print(_ lines: PrintedLines, of hand: Hand) async -> [Int: any Error] {
        for (line, entry) in zip(lines.lines, hand.entries) {
            let (text, message) = (String(decoding: line, as: UTF8.self), entry.message)
            self.lines.withLock { $0.append("\(text) of \(message.stream) \(message.sequence) by \(hand.worker)") }
        }
        return [:]
    }
}

/// Brings a list, once.
private struct ListSource: Source {
    let name = "list"
    let location = "test"
    let brought = Signal()
    private let data: [String]

    init(_ data: [String]) { self.data = data }

    func run(_ intake: StreamIntake) async throws {
        try await intake.bring(
            data.map { Event(data: ByteBuffer(string: $0)) }, bytes: 0)
        brought.send()
        try await Task.sleep(for: .seconds(3600))
    }
}

private final class Signal: Sendable {
    private let (stream, continuation) = AsyncStream<Void>.makeStream()
    func send() { continuation.finish() }
    func wait() async { for await _ in stream {} }
}

private struct NoStore: StateStore {
    func checkpoints() async throws -> [Checkpoint] { [] }
    func commit(_ commit: StateCommit) async throws {}
}
