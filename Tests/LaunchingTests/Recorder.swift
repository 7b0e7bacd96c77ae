import Launching
import Locking
import NIOCore

/// Keeps what a process tells, and lets a test wait for it.
final class Recorder: ProcessObserver {
    struct Seen {
        var output = ""
        var errors = ""
        var reply = ""
        var count = 0
        var ended: Set<ProcessStream> = []
        var isInputWritten = false
        var isInputBroken = false
        var exit: ProcessExit?
        /// What was told after the exit, which nothing must be.
        var late = 0
    }

    private struct State {
        var seen = Seen()
        var waiters: [(isEnough: @Sendable (Seen) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Locked(State())
    private let keepsText: Bool
    private let onOutput: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - keepsText: or counts bytes only.
    ///   - onOutput: is told how many bytes of output there were so far, on the watch's thread.
    init(keepsText: Bool = true, onOutput: @escaping @Sendable (Int) -> Void = { _ in }) {
        self.keepsText = keepsText
        self.onOutput = onOutput
    }

    var seen: Seen { state.withLock(\.seen) }

    /// Waits until what was seen is enough.
    func wait(until isEnough: @escaping @Sendable (Seen) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isEnoughNow = state.withLock { state in
                if isEnough(state.seen) { return true }
                state.waiters.append((isEnough, continuation))
                return false
            }
            if isEnoughNow { continuation.resume() }
        }
    }

    private func note(_ change: (inout Seen) -> Void) {
        let waiters = state.withLock { state in
            if state.seen.exit != nil { state.seen.late += 1 }
            change(&state.seen)
            let seen = state.seen
            let satisfied = state.waiters.filter { $0.isEnough(seen) }.map(\.continuation)
            state.waiters.removeAll { $0.isEnough(seen) }
            return satisfied
        }
        for waiter in waiters { waiter.resume() }
    }

    func received(_ bytes: ByteBuffer, from stream: ProcessStream) {
        note { seen in
            seen.count += bytes.readableBytes
            guard keepsText else { return }
            let text = String(buffer: bytes)
            switch stream {
            case .output: seen.output += text
            case .errors: seen.errors += text
            case .reply: seen.reply += text
            }
        }
        if stream == .output { onOutput(seen.count) }
    }

    func ended(_ stream: ProcessStream) { note { $0.ended.insert(stream) } }
    func inputWritten() { note { $0.isInputWritten = true } }
    func inputBroken() { note { $0.isInputBroken = true } }
    func exited(_ exit: ProcessExit) { note { $0.exit = exit } }
}

/// A process of a test, with what it tells.
struct Started {
    let process: LaunchedProcess
    let recorder: Recorder

    /// Its end, and what it said.
    func finished() async -> (exit: ProcessExit, seen: Recorder.Seen) {
        let exit = await process.exit
        return (exit, recorder.seen)
    }
}

extension Launcher {
    /// Starts a script of the shell.
    func shell(
        _ script: String, _ recorder: Recorder = Recorder(), change: (inout LaunchSpecification) -> Void = { _ in }
    ) async throws -> Started {
        try await start(["/bin/sh", "-c", script], recorder, change: change)
    }

    /// Starts a program.
    func start(
        _ command: [String], _ recorder: Recorder = Recorder(), change: (inout LaunchSpecification) -> Void = { _ in }
    ) async throws -> Started {
        var specification = LaunchSpecification(command: command, environment: ["PATH": "/usr/bin:/bin"])
        change(&specification)
        return Started(process: try await launch(specification, observer: recorder), recorder: recorder)
    }
}

/// Runs a test with a launcher of its own, and closes it.
func withLauncher(_ body: (Launcher) async throws -> Void) async throws {
    let launcher = try Launcher()
    do {
        try await body(launcher)
    } catch {
        await launcher.close(within: .seconds(10))
        throw error
    }
    await launcher.close(within: .seconds(10))
}
