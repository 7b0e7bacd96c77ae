import EventSource
import Foundation
import NIOCore
import Synchronization
import Testing

@testable import ptrctl

@Suite("ptrctl parse")
struct ParseTests {
    @Test("prints one object an event, in the order type, data, id")
    func events() async throws {
        try await withCapture("event: put\ndata: a\ndata: b\nid: 7\n\ndata\n\n") { file in
            let outcome = await ptrctl(["parse", file])
            #expect(
                outcome.out == """
                    {"type":"put","data":"a\\nb","id":"7"}
                    {"type":"message","data":"","id":"7"}
                    """)
            #expect(outcome.status == 0)
            #expect(outcome.err.isEmpty)
        }
    }

    @Test("gives the same for every chunk", arguments: [1, 2, 3, 7, 1460, 1 << 30])
    func chunks(length: Int) async throws {
        let capture = Array(
            "\u{FEFF}:hi\r\nid: ü\r\rdata: a€b\r\nevent:x\r\n\r\ndata: \u{0}\ndata:\n\ndata: lost\n".utf8)
        try await withCapture(capture) { file in
            let outcome = await ptrctl(["parse", "--chunk", "\(length)", file])
            #expect(
                outcome.out == """
                    {"type":"x","data":"a€b","id":"ü"}
                    {"type":"message","data":"\\u0000\\n","id":"ü"}
                    """)
        }
    }

    @Test("discards what no blank line has ended")
    func pending() async throws {
        try await withCapture("data: a\n\nid: 3\ndata: b\n") { file in
            #expect(await ptrctl(["parse", file]).out == #"{"type":"message","data":"a","id":""}"#)
        }
        try await withCapture("") { file in
            let outcome = await ptrctl(["parse", file])
            #expect(outcome.out.isEmpty)
            #expect(outcome.status == 0)
        }
    }

    @Test("reads standard input, and prints an event before the input has ended", .timeLimit(.minutes(1)))
    func standardInput() async throws {
        let pipe = Pipe()
        let (written, continuation) = AsyncStream<String>.makeStream()
        let console = Console(
            outBytes: { bytes in
                if !bytes.isEmpty { continuation.yield(String(decoding: bytes, as: UTF8.self)) }
                return nil
            },
            err: { _ in }, isTerminal: false, environment: { _ in nil }, input: pipe.fileHandleForReading.fileDescriptor
        )
        async let status = Invocation(arguments: ["parse", "-"], console: console).run()
        var lines = written.makeAsyncIterator()
        pipe.fileHandleForWriting.write(Data("data: a\n\nda".utf8))
        #expect(await lines.next() == #"{"type":"message","data":"a","id":""}"# + "\n")
        pipe.fileHandleForWriting.write(Data("ta: b\n\n".utf8))
        #expect(await lines.next() == #"{"type":"message","data":"b","id":""}"# + "\n")
        try pipe.fileHandleForWriting.close()
        #expect(await status == .done)
    }

    @Test("ends with 6 when the file cannot be opened, and with 1 when it cannot be read")
    func unreadable() async {
        let missing = await ptrctl(["parse", "/nonexistent/capture.txt"])
        #expect(missing.status == 6)
        #expect(missing.err == "ptrctl: cannot open /nonexistent/capture.txt: No such file or directory")
        let folder = await ptrctl(["parse", "/"])
        #expect(folder.status == 1)
        #expect(folder.err == "ptrctl: cannot read /: Is a directory")
    }

    @Test(
        "ends with 2 on wrong usage",
        arguments: [
            ["parse"], ["parse", "--chunk", "0", "x"], ["parse", "--chunk", "-1", "x"], ["parse", "--chunk", "a", "x"],
            ["parse", "--max-event-bytes", "0", "x"], ["parse", "--oversized", "drop", "x"], ["parse", "x", "y"],
        ])
    func usage(arguments: [String]) async {
        let outcome = await ptrctl(arguments)
        #expect(outcome.status == 2)
        #expect(outcome.err.contains("Usage: ptrctl parse"))
    }

    @Test("fails at an event over the limit, after printing those before it")
    func tooLarge() async throws {
        try await withCapture("data: a\n\ndata: 12345\n\ndata: b\n\n") { file in
            let failed = await ptrctl(["parse", "--max-event-bytes", "4", file])
            #expect(failed.status == 1)
            #expect(failed.out == #"{"type":"message","data":"a","id":""}"#)
            #expect(failed.err.contains("an event has more than 4 bytes of data"))
            let skipped = await ptrctl(["parse", "--max-event-bytes", "4", "--oversized", "skip", file])
            #expect(skipped.status == 0)
            #expect(!skipped.out.contains("1234"))
            #expect(skipped.err == "ptrctl: 1 event over the limit, left out")
            let cut = await ptrctl(["parse", "--max-event-bytes", "4", "--oversized", "truncate", file])
            #expect(cut.out.contains(#""data":"1234""#))
            #expect(cut.err == "ptrctl: 1 event over the limit, cut")
        }
    }

    @Test("writes strings that a JSON parser reads back, repaired like the standard library does it")
    func strings() throws {
        var generator = Numbers()
        let alphabet: [UInt8] =
            Array(0...0x22) + [
                0x2F, 0x5B, 0x5C, 0x5D, 0x7E, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0,
                0xE1,
                0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF,
            ]
        for round in 0..<2000 {
            // Some are longer than what is escaped in one go; some are mostly plain.
            let length = round % 200 == 0 ? 9_000 + round : round % 40
            let bytes = (0..<length).map { _ in
                round % 3 == 0 || generator.next() % 8 == 0 ? alphabet.randomElement(using: &generator) ?? 0 : 0x61
            }
            let event = EventStreamEvent(type: nil, data: ByteBuffer(bytes: bytes))
            let written = Mutex<[UInt8]>([])
            var lines = EventLines { bytes in
                written.withLock { $0.append(contentsOf: bytes) }
                return nil
            }
            lines.append(event)
            lines.flush()
            let line = written.withLock { $0 }
            #expect(line.filter { $0 == 0x0A }.count == 1)
            let decoded = try JSONDecoder().decode([String: String].self, from: Data(line))
            #expect(decoded == ["type": "message", "data": event.dataString, "id": ""], "\(bytes)")
        }
    }
}

/// Knuth's MMIX generator: the same numbers in every run.
private struct Numbers: RandomNumberGenerator {
    private var state: UInt64 = 1

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 33
    }
}

/// Runs `body` with a file that holds `capture`.
private func withCapture(
    _ capture: some Sequence<UInt8>, _ body: (_ file: String) async throws -> Void
) async throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("ptr-\(UUID().uuidString)").path
    try Data(capture).write(to: URL(fileURLWithPath: file))
    defer { try? FileManager.default.removeItem(atPath: file) }
    try await body(file)
}

private func withCapture(_ capture: String, _ body: (_ file: String) async throws -> Void) async throws {
    try await withCapture(Array(capture.utf8), body)
}
