import Foundation
import Testing

/// Calls of the daemon and the feed that a tired person makes: each says what was wrong and what was meant.
@Suite("A wrong call of ptrd or ptrfeed", .timeLimit(.minutes(2)))
struct WrongCallTests {
    struct Call: Sendable, CustomTestStringConvertible {
        let program: String
        let arguments: [String]
        let status: Int32
        let says: String

        var testDescription: String { ([program] + arguments).joined(separator: " ") }
    }

    static let calls: [Call] = [
        .init(program: "ptrd", arguments: ["--chek-config"], status: 64, says: "Did you mean '--check-config'?"),
        .init(program: "ptrd", arguments: ["--confg", "x.toml"], status: 64, says: "Did you mean '--config'?"),
        .init(program: "ptrd", arguments: ["--config"], status: 64, says: "Missing value for '--config <path>'"),
        .init(program: "ptrd", arguments: ["start"], status: 64, says: "Unexpected argument 'start'"),
        .init(program: "ptrd", arguments: ["--check-config", "now"], status: 64, says: "Unexpected argument 'now'"),
        .init(program: "ptrd", arguments: ["-d"], status: 64, says: "Unknown option '-d'"),
        .init(
            program: "ptrd", arguments: ["--config", "/nonexistent/ptrd.toml", "--check-config"], status: 78,
            says: "/nonexistent/ptrd.toml"),
        .init(program: "ptrfeed", arguments: ["--versoin"], status: 64, says: "Unknown option '--versoin'"),
        .init(program: "ptrfeed", arguments: ["serve", "--rate", "0"], status: 64, says: "it must be above 0"),
        .init(
            program: "ptrfeed", arguments: ["serve", "--listen", "4000"], status: 64, says: "for example 127.0.0.1:4000"
        ),
        .init(program: "ptrfeed", arguments: ["serve", "--rate", "9..1"], status: 64, says: "write 1..9"),
    ]

    @Test("says what was wrong and what was meant", arguments: calls)
    func says(call: Call) async throws {
        let outcome = try await run(call.program, call.arguments)
        #expect(outcome.status == call.status)
        #expect(outcome.err.contains(call.says), "\(outcome.err)")
        #expect(outcome.out.isEmpty)
    }

    @Test(
        "a standard output that is full is said, and ends with 1; it prints to one that is not",
        arguments: [
            ("ptrd", ["--print-configuration-manual"], "ptrd.toml"), ("ptrd", ["--help"], "USAGE: ptrd"),
            ("ptrd", ["--version"], "ptrd "), ("ptrfeed", ["--help"], "USAGE: ptrfeed"),
            ("ptrfeed", ["--version"], "ptrfeed "), ("ptrfeed", ["serve", "--help"], "USAGE: ptrfeed serve"),
            ("ptrctl", ["--help"], "USAGE: ptrctl"), ("ptrctl", ["--version"], "ptrctl "),
        ])
    func fullOutput(program: String, arguments: [String], prints: String) async throws {
        let full = try await run(program, arguments, output: "/dev/full")
        #expect(full.status == 1)
        #expect(full.err == "\(program): cannot write to standard output: No space left on device\n")
        let right = try await run(program, arguments)
        #expect(right.status == 0)
        #expect(right.out.contains(prints))
        #expect(right.err.isEmpty)
    }

    @Test("a right configuration that cannot be said to be right ends with 1")
    func checkConfig() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "ptr-\(UUID().uuidString.prefix(8)).toml")
        try "[stream.a]\nurl = \"http://127.0.0.1:1/\"\n".write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let arguments = ["--check-config", "--config", file.path]
        #expect(try await run("ptrd", arguments).status == 0)
        let full = try await run("ptrd", arguments, output: "/dev/full")
        #expect(full.status == 1)
        #expect(full.err == "ptrd: cannot write to standard output: No space left on device\n")
    }

    private struct Result: Sendable {
        let status: Int32
        let out: String
        let err: String
    }

    private func run(_ program: String, _ arguments: [String], output: String? = nil) async throws -> Result {
        let process = Process()
        process.executableURL = Program.products.appending(path: program)
        process.arguments = arguments
        let (out, err) = (Pipe(), Pipe())
        if let output, let file = FileHandle(forWritingAtPath: output) {
            process.standardOutput = file
        } else {
            process.standardOutput = out
        }
        process.standardError = err
        process.standardInput = FileHandle.nullDevice
        return try await withCheckedThrowingContinuation { continuation in
            // Reading blocks, which a thread of the cooperative pool must not.
            DispatchQueue.global().async {
                do {
                    try process.run()
                    let text = output == nil ? out.fileHandleForReading.readDataToEndOfFile() : Data()
                    let errors = err.fileHandleForReading.readDataToEndOfFile()
                    process.waitUntilExit()
                    continuation.resume(
                        returning: Result(
                            status: process.terminationStatus, out: String(decoding: text, as: UTF8.self),
                            err: String(decoding: errors, as: UTF8.self)))
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
    }
}
