import Foundation
import Testing

/// Hostile servers, each met over a real socket by a process of its own, whose memory no other test disturbs. Sizes of a
/// GiB are for the optimized build (`.build/release/ClientProbe endure CASE 1024`); these are the largest that do not
/// keep everybody waiting, and still many times what may be held.
@Suite("Hostile servers")
struct EnduranceTests {
    private static let mebibyte = 1 << 20
    /// More than the limits of C9 and the sockets' buffers, by far less than what is sent.
    private static let allowance = 64 * mebibyte

    @Test("C9 a line without an end ends the stream, and no more than the limit is held")
    func endlessLine() async throws {
        let report = try await probe("line-fail", 1024)
        #expect(report["outcome"] == "too_large")
        #expect(report.number("sent") < 128 * Self.mebibyte)
        #expect(report.number("growth") < Self.allowance)
    }

    @Test("C9 a line of a GiB is skipped, and the event after it arrives")
    func skippedLine() async throws {
        let report = try await probe("line-skip", 1024)
        #expect(report["outcome"] == "ended_by_server")
        #expect(report.number("sent") == 1024 * Self.mebibyte)
        #expect(report["skipped"] == "1")
        #expect(report["last"] == "after")
        #expect(report.number("growth") < Self.allowance)
    }

    @Test("C9 a line of a GiB is cut, and the event after it arrives")
    func truncatedLine() async throws {
        let report = try await probe("line-truncate", 1024)
        #expect(report["outcome"] == "ended_by_server")
        #expect(report["events"] == "2")
        #expect(report["truncated"] == "1")
        #expect(report["last"] == "after")
        #expect(report.number("growth") < Self.allowance)
    }

    @Test("C9 an event of small lines without an end ends the stream")
    func endlessEvent() async throws {
        let report = try await probe("event-fail", 1024)
        #expect(report["outcome"] == "too_large")
        #expect(report.number("growth") < Self.allowance)
    }

    @Test("C9 an event of small lines far over the limit is skipped, and the event after it arrives")
    func skippedEvent() async throws {
        let report = try await probe("event-skip", 96)
        #expect(report["outcome"] == "ended_by_server")
        #expect(report["skipped"] == "1")
        #expect(report["last"] == "after")
        #expect(report.number("growth") < Self.allowance)
    }

    @Test("C10 a gzip bomb is refused unread")
    func gzipBomb() async throws {
        let report = try await probe("gzip-bomb", 1024)
        #expect(report["outcome"] == "unsupported_content_encoding")
        #expect(report["read"] == "0")
        // What the server's and our own socket take in without anybody reading.
        #expect(report.number("sent") < 32 * Self.mebibyte)
        #expect(report.number("growth") < Self.allowance)
    }

    @Test("C2 ten thousand resets are ten thousand waits, and leave nothing behind")
    func resets() async throws {
        let report = try await probe("resets", 10_000)
        #expect(report["waits"] == "10000")
        #expect(report["outcome"] == "connection")
        #expect(report.number("growth") < Self.allowance)
    }

    private struct Report {
        let values: [String: String]
        subscript(key: String) -> String? { values[key] }
        func number(_ key: String) -> Int { values[key].flatMap { Int($0) } ?? .max }
    }

    private func probe(_ trial: String, _ size: Int) async throws -> Report {
        let process = Process()
        process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "ClientProbe")
        process.arguments = ["endure", trial, "\(size)"]
        let output = Pipe()
        process.standardOutput = output
        // The one line it prints fits into the pipe.
        let status = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        try #require(status == 0)
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        let pairs = text.split(whereSeparator: \.isWhitespace).compactMap { pair -> (String, String)? in
            let parts = pair.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            return parts.count == 2 ? (parts[0], parts[1]) : nil
        }
        return Report(values: Dictionary(pairs) { $1 })
    }
}
