import Foundation
import Glibc
import Locking
import NIOCore
import Templates
import Testing
import Writing

@testable import Flow
@testable import Handlers
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("A body that prints")
struct PrintBodyTests {
    /// What was answered for a hand, in the order of the answers.
    private final class Answers: Sendable {
        private let answers = Locked<[Answer]>([])
        var all: [Answer] { answers.withLock { $0 } }
        var outcomes: [Int: Outcome] { Dictionary(uniqueKeysWithValues: all.map { ($0.index, $0.outcome) }) }

        func hand(_ data: [String]) -> Hand {
            Hand(data.map { Message($0) }, worker: "worker.1.1") { [self] answer in
                answers.withLock { $0.append(answer) }
            }
        }
    }

    private func body(_ handler: PrintHandler) -> any WorkerBody {
        handler.makeBody(of: WorkerHandle(name: "worker.1.1"))
    }

    /// Keeps what it is given, and answers with what it has been told.
    private final class ToldOutput: PrintOutput {
        let hands = Locked<[[String]]>([])
        private let untaken: @Sendable () -> [Int: any Error]

        init(_ untaken: @escaping @Sendable () -> [Int: any Error] = { [:] }) { self.untaken = untaken }

        func print(_ lines: PrintedLines, of hand: Hand) async -> [Int: any Error] {
            hands.withLock { $0.append(lines.lines.map { String(decoding: $0, as: UTF8.self) }) }
            return untaken()
        }
    }

    private struct TooLong: Error, CustomStringConvertible { let description = "too long" }

    @Test("wants many messages at once, and one at a time where it has to show how long each takes")
    func demand() {
        let output = ToldOutput()
        #expect(PrintHandler(to: output).demand == Demand(batch: 128))
        let work = SimulatedWork(min: .seconds(1), max: .seconds(1))
        #expect(PrintHandler(to: output, work: work).demand == Demand())
    }

    @Test("hands over a line for each message of a hand in one step, in their order, and then says that all are done")
    func hand() async throws {
        let (output, answers) = (ToldOutput(), Answers())
        let format = LineFormat(try Template("{a|none}")) { _ in 0 }
        let body = body(PrintHandler(to: output, format: format))
        try await body.handle(answers.hand([#"{"a": "x\ny"}"#, "[DONE]", "{}", #"{"a": [1, 2]}"#]))
        try await body.handle(answers.hand(["[]"]))
        #expect(output.hands.withLock { $0 } == [[#"x\ny"#, "[DONE]", "none", "[1,2]"], ["[]"]])
        #expect(answers.all.map(\.index) == [0, 1, 2, 3, 0] && answers.all.allSatisfy { $0.outcome == .done })
    }

    @Test("says of a line that is refused that its message failed, and why, and of no other")
    func refused() async throws {
        let answers = Answers()
        let body = body(PrintHandler(to: ToldOutput { [1: TooLong()] }))
        try await body.handle(answers.hand(["a", "b", "c"]))
        #expect(
            answers.outcomes == [0: .done, 1: .failed("the line could not be printed: too long"), 2: .done])
    }

    @Test("tells the watch of all messages of a hand")
    func watched() async throws {
        let format = LineFormat(try Template("{nosuch}")) { _ in 0 }
        let missed = Locked<[Int]>([])
        let watch = FormatWatch(format, onMiss: { count in missed.withLock { $0.append(count) } }) { _ in }
        let body = body(PrintHandler(to: ToldOutput(), format: format, watch: watch))
        try await body.handle(Answers().hand(Array(repeating: "{}", count: 30)))
        #expect(missed.withLock { $0 } == [30])
        #expect(watch?.complaint?.contains("{nosuch}") == true)
    }

    @Test("that is cancelled while its lines wait withdraws those, and answers for the others alone")
    func cancelled() async throws {
        let answers = Answers()
        // It takes two lines, breaks, and nobody starts it again.
        let sink = BreakingSink(after: 2)
        let writer = BoundedWriter<PrintedLine>(name: "test", sink: sink)
        let body = body(PrintHandler(to: WriterOutput(writer)))
        let handling = Task.immediate { try await body.handle(answers.hand(["a", "b", "c", "d"])) }
        await #expect(throws: TooLong.self) { try await writer.run() }
        #expect(answers.all.isEmpty)
        handling.cancel()
        await #expect(throws: CancellationError.self) { try await handling.value }
        #expect(answers.outcomes == [0: .done, 1: .done])
        await writer.close()
        #expect(sink.taken.withLock { $0 } == ["a", "b"])
    }

    private final class BreakingSink: RecordSink {
        let taken = Locked<[String]>([])
        private let count: Int

        init(after count: Int) { self.count = count }

        func write(_ records: [PrintedLine], until interruption: Interruption) -> BatchResult {
            taken.withLock { $0 += records.prefix(count).map { String(decoding: $0, as: UTF8.self) } }
            return .failed(after: min(count, records.count), TooLong())
        }
    }

    @Test("has its lines written on where a stop of the writer has torn one: that is no failure of its message")
    func torn() async throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let (reader, end) = (ends[0], ends[1])
        defer {
            close(reader)
            close(end)
        }
        let sink = DescriptorSink<PrintedLine>(OutputDescriptor(number: end, name: "pipe"))
        let writer = BoundedWriter<PrintedLine>(name: "test", sink: sink)
        let (body, answers) = (body(PrintHandler(to: WriterOutput(writer))), Answers())
        let long = String(repeating: "x", count: 300_000)
        let handling = Task.immediate { try await body.handle(answers.hand(["short", long, "last"])) }
        let life = Task { try await writer.run() }
        // More than the first line, and less than what the pipe holds of the second.
        let head = await read(reader, count: 1000)
        life.cancel()
        await #expect(throws: CancellationError.self) { try await life.value }
        #expect(answers.all.isEmpty && head.starts(with: "short\nxxx".utf8))
        let next = Task { try await writer.run() }
        var text = head
        while !text.suffix(5).elementsEqual("last\n".utf8) { text += await read(reader, count: 1) }
        try await handling.value
        #expect(answers.outcomes == [0: .done, 1: .done, 2: .done])
        let lines = text.split(separator: UInt8(ascii: "\n"))
        #expect(lines.count == 4 && lines[1].count < 300_000 && lines[2].elementsEqual(long.utf8))
        await writer.close()
        try await next.value
    }

    /// At least one byte, and more up to so many.
    private func read(_ descriptor: Int32, count: Int) async -> [UInt8] {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var bytes: [UInt8] = []
                var buffer = [UInt8](repeating: 0, count: 65_536)
                repeat {
                    let length = Glibc.read(descriptor, &buffer, buffer.count)
                    guard length > 0 else { break }
                    bytes += buffer[..<length]
                } while bytes.count < count
                continuation.resume(returning: bytes)
            }
        }
    }
}
