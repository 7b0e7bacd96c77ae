import Glibc
import Locking
import ProgramKit

/// What surrounds an invocation: where its output goes, what the shell has set, and the time. Tests put their own in its
/// place.
struct Console: Sendable {
    /// Writes bytes to standard output, all of them.
    ///
    /// - Returns: the errno of what prevented it, or `nil`.
    var outBytes: @Sendable (UnsafeRawBufferPointer) -> CInt?
    /// Writes a line to standard error: what went wrong, and chatter.
    var err: @Sendable (String) -> Void
    /// Whether standard output is a terminal.
    var isTerminal: Bool
    /// A variable of the environment.
    var environment: @Sendable (String) -> String?
    /// How large the terminal is; `nil` where there is none, or it does not know.
    var size: @Sendable () -> ScreenSize? = { nil }
    /// The descriptor of standard input.
    var input: CInt = STDIN_FILENO
    /// Whether standard input is a terminal, on which one can be asked.
    var inputIsTerminal = false
    /// Writes to standard error without a newline, if that is a terminal; `nil` if it is not, and progress would be
    /// noise in a file.
    var progress: (@Sendable (String) -> Void)?
    /// Reads a line from standard input; `nil` at its end.
    var line: @Sendable () async -> String? = { nil }
    /// The signals that tell to stop (SIGINT, SIGTERM), from now on, as long as somebody listens.
    var interruptions: @Sendable () -> AsyncStream<CInt> = { AsyncStream { _ in } }
    var clock: any Clock<Duration> = ContinuousClock()
    /// The time on the wall of whoever reads.
    var wallClock = WallClock.system
    /// What prevented the first write that failed.
    let failure = WriteFailure()

    /// The process's own.
    static let standard: Console = {
        var console = Console(
            outBytes: { writeAll($0, to: STDOUT_FILENO) },
            err: { writeAll($0 + "\n", to: STDERR_FILENO) },
            isTerminal: isatty(STDOUT_FILENO) == 1,
            environment: { name in getenv(name).map { String(cString: $0) } })
        console.size = { ScreenSize(of: STDOUT_FILENO) }
        console.inputIsTerminal = isatty(STDIN_FILENO) == 1
        if isatty(STDERR_FILENO) == 1 {
            console.progress = { writeAll($0, to: STDERR_FILENO) }
        }
        console.line = { await SerialQueue("line").run { readLine() } }
        console.interruptions = { TerminalEvents.signals([SIGINT, SIGTERM]) }
        return console
    }()

    /// Whether there is somebody to ask.
    var canAsk: Bool { inputIsTerminal && progress != nil }

    /// Whether the whole screen can be drawn on, and keys be read.
    var hasScreen: Bool { isTerminal && inputIsTerminal && environment("TERM") != "dumb" }

    /// Writes a line to standard output: what was asked for. What prevents it is kept, and said at the end.
    func out(_ line: String) {
        _ = stream(line)
    }

    /// Writes a line of something that does not end by itself to standard output.
    ///
    /// - Returns: whether it makes sense to go on: nobody may read it any more, or the disk be full.
    func stream(_ line: String) -> Bool {
        stream(raw: line + "\n")
    }

    /// Writes text as it is to standard output.
    ///
    /// - Returns: whether it makes sense to go on.
    func stream(raw text: String) -> Bool {
        guard let error = Array(text.utf8).withUnsafeBytes({ outBytes($0) }) else { return true }
        failure.note(error)
        return false
    }
}

/// Why standard output took no more.
final class WriteFailure: Sendable {
    private let first = Locked<CInt?>(nil)

    /// The errno of the first write that failed. A reader that has gone (`ptrctl status | head -1`) has seen enough, and
    /// is no failure.
    var error: CInt? { first.withLock { $0 == EPIPE ? nil : $0 } }

    func note(_ error: CInt) {
        first.withLock { $0 = $0 ?? error }
    }
}
