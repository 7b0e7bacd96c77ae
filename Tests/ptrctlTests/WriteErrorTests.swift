import ControlAPI
import Glibc
import Testing

@testable import ptrctl

@Suite("Standard output")
struct WriteErrorTests {
    static let calls: [[String]] = [
        ["status"], ["status", "--json"], ["check"], ["streams"], ["streams", "position", "slow"], ["workers"],
        ["tree"],
        ["tree", "--watch"], ["top", "--json"], ["events"], ["events", "-f"], ["events", "--json"], ["tap"],
        ["explain", "scale"], ["explain", "crash"], ["version"], ["dead-letters", "list"],
        ["dead-letters", "show", "12"],
        ["dead-letters", "replay", "12"], ["dead-letters", "purge", "12", "--yes"], ["scale", "5"], ["pause"],
        ["resume"],
        ["reload"], ["log-level"], ["crash", "worker"], ["drain", "--yes"], ["wait", "ready", "--json"],
    ]
    /// Those that ask no daemon.
    static let alone: [[String]] = [
        ["--help"], ["help", "scale"], [], ["--version"], ["--generate-completion-script", "bash"],
    ]

    @Test(
        "that cannot be written to is said on standard error, and ends with 1; a reader that has gone is not",
        arguments: calls + alone)
    func full(arguments: [String]) async throws {
        let plane = FixedPlane(answer: .inFlight(0), lives: Script([[.example(id: 9)]]), taps: [.record(.example(1))])
        try await withDaemon(plane) { socket in
            let call = arguments + (Self.alone.contains(arguments) ? [] : ["--socket", socket])
            let full = await ptrctl(call, writeError: ENOSPC)
            #expect(full.status == 1)
            #expect(full.err.hasSuffix("ptrctl: cannot write to standard output: No space left on device"))
            let gone = await ptrctl(call, writeError: EPIPE)
            #expect(gone.status == 0)
            #expect(!gone.err.contains("cannot write"))
        }
    }
}
