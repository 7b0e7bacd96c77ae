import ControlAPI
import Foundation
import Locking
import TestKit
import Testing

@testable import ptrctl

@Suite("On a terminal", .timeLimit(.minutes(1)))
struct TerminalTests {
    private static let enter = "\u{1B}[?1049h"
    private static let leave = "\u{1B}[?1049l"

    enum Ending: Sendable {
        case keys(String)
        case signal(CInt)
    }

    @Test(
        "top draws, reacts to keys and to the size, and leaves the terminal as it was, however it ends",
        arguments: [
            (.keys("q"), 0), (.keys("\u{3}"), 130), (.signal(SIGINT), 130), (.signal(SIGTERM), 143),
        ] as [(Ending, Int32)])
    func top(ending: Ending, status: Int32) async throws {
        try await withDaemon { socket in
            let terminal = try PseudoTerminal(["top", "--every", "100ms", "--socket", socket])
            await terminal.wait { output in
                output.contains(Self.enter) && output.contains("SUPERVISOR") && output.contains("\u{1B}[J")
            }
            #expect(!terminal.isOrdinary)
            #expect(PseudoTerminal.frames(terminal.output).first?.count == 30)

            terminal.type("s")
            await terminal.wait(for: "sort (busy)")
            terminal.type("p")
            await terminal.wait(for: "[paused]")
            terminal.resize(columns: 40, rows: 12)
            await terminal.wait { PseudoTerminal.frames($0).contains { $0.count == 12 } }

            switch ending {
            case .keys(let keys): terminal.type(keys)
            case .signal(let number): terminal.signal(number)
            }
            // What it writes last, which is read after its end.
            await terminal.wait { $0.hasSuffix(Self.leave) }
            #expect(await terminal.end() == .init(status: status))
            #expect(terminal.output.contains("\u{1B}[?25h"))
        }
    }

    @Test(
        "top gives the terminal back when it is suspended, and takes it again",
        arguments: [Ending.keys("\u{1A}"), .signal(SIGTSTP)])
    func suspend(ending: Ending) async throws {
        try await withDaemon { socket in
            let terminal = try PseudoTerminal(["top", "--socket", socket])
            await terminal.wait(for: "SUPERVISOR")
            switch ending {
            case .keys(let keys): terminal.type(keys)
            case .signal(let number): terminal.signal(number)
            }
            // There is no shell that would wait, so the kernel lets the process go on at once (POSIX on orphaned
            // process groups).
            await terminal.wait { output in
                guard let left = output.range(of: Self.leave) else { return false }
                let after = output[left.upperBound...]
                return after.contains(Self.enter) && after.contains("SUPERVISOR")
            }
            terminal.type("q")
            await terminal.wait { $0.hasSuffix(Self.leave) }
            #expect(await terminal.end() == .init(status: 0))
        }
    }

    @Test("top is stopped by Ctrl-Z and goes on with fg, as a shell's job")
    func job() async throws {
        try await withDaemon { socket in
            let program = PseudoTerminal.products.appending(path: "ptrctl").path
            let terminal = try PseudoTerminal(
                "/bin/bash", ["--norc", "--noprofile", "-i"], columns: 100, rows: 30)
            // The terminal shows what is typed; the shell's own words are told apart by their arithmetic.
            await terminal.wait(for: "shell> ")
            terminal.type("bind 'set enable-bracketed-paste off'; '\(program)' top --socket '\(socket)'\n")
            await terminal.wait(for: "SUPERVISOR")
            terminal.type("\u{1A}")
            await terminal.wait(for: "Stopped")
            terminal.type("echo back-$((40 + 2))\n")
            await terminal.wait(for: "back-42")
            #expect(terminal.output.contains(Self.leave))
            terminal.type("fg\n")
            await terminal.wait { output in
                guard let shell = output.range(of: "back-42") else { return false }
                let after = output[shell.upperBound...]
                return after.contains(Self.enter) && after.contains("SUPERVISOR")
            }
            terminal.type("q")
            // Not before the shell has the terminal again: what is typed until then is top's.
            await terminal.wait { output in
                let parts = output.components(separatedBy: Self.leave)
                return parts.count == 3 && parts[2].contains("shell> ")
            }
            terminal.type("exit $((6 * 7))\n")
            #expect(await terminal.end().status == 42)
        }
    }

    @Test("top that gets no first answer says why on the ordinary screen")
    func noDaemon() async throws {
        let terminal = try PseudoTerminal(["top", "--socket", "/nonexistent/ptrd.sock"])
        await terminal.wait(for: "ptrd is not running")
        #expect(await terminal.end() == .init(status: 3))
        #expect(!terminal.output.contains(Self.enter))
    }

    @Test("top says how old its figures are when the daemon has gone, and goes on when it is back")
    func silence() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "ptr-\(UUID().uuidString.prefix(8)).sock")
            .path
        let first = try await startDaemon(at: path)
        let terminal = try PseudoTerminal(["top", "--every", "100ms", "--socket", path])
        await terminal.wait(for: "SUPERVISOR")
        try await first.stop()
        await terminal.wait(for: "last answer")
        await terminal.wait(for: "trying again")
        let second = try await startDaemon(at: path)
        await terminal.wait { PseudoTerminal.frames($0).last?.first?.contains("up 2h13m") ?? false }
        terminal.type("q")
        await terminal.wait { $0.hasSuffix(Self.leave) }
        #expect(await terminal.end() == .init(status: 0))
        try await second.stop()
    }

    @Test("tree --watch is drawn in place and scrolls")
    func tree() async throws {
        try await withDaemon { socket in
            let terminal = try PseudoTerminal(["tree", "--watch", "--socket", socket], columns: 60, rows: 4)
            await terminal.wait(for: "main_supervisor")
            #expect(!terminal.output.contains("stream.tweets-1"))
            terminal.type("\u{1B}[F")
            await terminal.wait(for: "stream.tweets-1")
            terminal.type("q")
            await terminal.wait { $0.hasSuffix(Self.leave) }
            #expect(await terminal.end() == .init(status: 0))
        }
    }

    @Test("a dangerous verb asks, and takes the answer that is typed")
    func question() async throws {
        try await withDaemon { socket in
            let terminal = try PseudoTerminal(["dead-letters", "purge", "12", "--socket", socket])
            await terminal.wait(for: "Delete 3 dead letters for good? [y/N] ")
            terminal.type("n\n")
            await terminal.wait(for: "nothing was done")
            #expect(await terminal.end() == .init(status: 1))
        }
    }

    @Test("Ctrl-C ends the countdown of a pause, not the pause")
    func pause() async throws {
        try await withDaemon { socket in
            let terminal = try PseudoTerminal(["pause", "slow", "--for", "1h", "--socket", socket])
            await terminal.wait(for: "Ctrl-C leaves it paused")
            terminal.type("\u{3}")
            await terminal.wait(for: "`ptrctl resume slow` ends it")
            #expect(await terminal.end() == .init(status: 0))
        }
    }

    @Test("colours come with a terminal")
    func colours() async throws {
        try await withDaemon { socket in
            let terminal = try PseudoTerminal(["status", "--socket", socket])
            await terminal.wait(for: "max 12.3 s")
            #expect(await terminal.end() == .init(status: 0))
            #expect(terminal.output.contains("\u{1B}[32m●\u{1B}[0m"))
        }
    }
}

@Suite("As a program")
struct ProgramTests {
    @Test("logs becomes journalctl with the unit and the rest of the words")
    func logs() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ptr-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let journalctl = folder.appending(path: "journalctl")
        try "#!/bin/sh\nprintf '%s|' \"$@\"\nexit 7\n".write(to: journalctl, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: journalctl.path)
        let outcome = try await run(["logs", "-f", "--since", "10 min ago", "--help"], path: "\(folder.path):/bin")
        #expect(outcome.status == 7)
        #expect(outcome.out == "-u|ptrd|-f|--since|10 min ago|--help|")
        let missing = try await run(["logs"], path: "/nonexistent")
        #expect(missing.status == 1)
        #expect(missing.err.contains("cannot run journalctl: No such file or directory"))
    }

    private func run(_ arguments: [String], path: String) async throws -> Outcome {
        let process = Process()
        process.executableURL = PseudoTerminal.products.appending(path: "ptrctl")
        process.arguments = arguments
        process.environment = ["PATH": path]
        let (out, err) = (Pipe(), Pipe())
        process.standardOutput = out
        process.standardError = err
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return await SerialQueue("program").run {
            let text = String(decoding: out.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            let errors = String(decoding: err.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return Outcome(status: process.terminationStatus, out: text, err: errors)
        }
    }
}

@Suite("Completions")
struct CompletionTests {
    /// What the shells' scripts ask.
    private func complete(_ verb: [String], _ argument: String, _ prefix: String, socket: String) async -> [String] {
        let words = ["ptrctl"] + verb + ["--socket", socket, prefix]
        let outcome = await LiveNames.$patience.withValue(.seconds(60)) {
            await ptrctl(
                ["---completion"] + verb + ["--", argument, "\(words.count - 1)", "\(prefix.count)"] + words)
        }
        #expect(outcome.status == 0)
        #expect(outcome.err.isEmpty)
        return outcome.out.split(whereSeparator: \.isNewline).map(String.init)
    }

    @Test("give the names of the streams that there are")
    func streams() async throws {
        try await withDaemon { socket in
            #expect(await complete(["pause"], "positional@0", "", socket: socket) == ["tweets-1", "slow"])
            #expect(await complete(["resume"], "positional@0", "t", socket: socket) == ["tweets-1"])
            #expect(await complete(["dead-letters", "list"], "--stream", "sl", socket: socket) == ["slow"])
        }
    }

    @Test("give the numbers of crashes and dead letters")
    func numbers() async throws {
        try await withDaemon { socket in
            #expect(await complete(["explain", "crash"], "positional@0", "", socket: socket) == ["17"])
            #expect(await complete(["dead-letters", "show"], "positional@0", "1", socket: socket) == ["12"])
        }
    }

    @Test("are empty, and silent, when the daemon is not there")
    func noDaemon() async {
        #expect(await complete(["pause"], "positional@0", "", socket: "/nonexistent/ptrd.sock").isEmpty)
    }
}
