import Glibc

/// What surrounds an invocation: where its output goes, what the shell has set, and the time. Tests put their own in its
/// place.
struct Console: Sendable {
    /// Writes a line to standard output: what was asked for.
    var out: @Sendable (String) -> Void
    /// Writes a line to standard error: what went wrong, and chatter.
    var err: @Sendable (String) -> Void
    /// Writes bytes to standard output, all of them.
    ///
    /// - Returns: the errno of what prevented it, or `nil`.
    var outBytes: @Sendable (UnsafeRawBufferPointer) -> CInt?
    /// Whether standard output is a terminal.
    var isTerminal: Bool
    /// A variable of the environment.
    var environment: @Sendable (String) -> String?
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

    /// The process's own.
    static let standard: Console = {
        var console = Console(
            out: { write($0, to: STDOUT_FILENO) },
            err: { write($0, to: STDERR_FILENO) },
            outBytes: { write($0, to: STDOUT_FILENO) },
            isTerminal: isatty(STDOUT_FILENO) == 1,
            environment: { name in getenv(name).map { String(cString: $0) } })
        console.inputIsTerminal = isatty(STDIN_FILENO) == 1
        if isatty(STDERR_FILENO) == 1 {
            console.progress = { write(raw: $0, to: STDERR_FILENO) }
        }
        console.line = { await BlockingCall.run { () -> String? in readLine() } }
        console.interruptions = { TerminalEvents.signals([SIGINT, SIGTERM]) }
        return console
    }()

    /// Whether there is somebody to ask.
    var canAsk: Bool { inputIsTerminal && progress != nil }

    /// Whether the whole screen can be drawn on, and keys be read.
    var hasScreen: Bool { isTerminal && inputIsTerminal && environment("TERM") != "dumb" }

    /// Whether to use colours: only on a terminal that has them, and never against the user's wish (no-color.org: any
    /// value of NO_COLOR that is not empty).
    var hasColours: Bool {
        guard isTerminal, environment("NO_COLOR") ?? "" == "" else { return false }
        return environment("TERM") != "dumb"
    }

    /// Writes a line of something that does not end by itself to standard output.
    ///
    /// - Returns: whether anybody reads it still.
    func stream(_ line: String) -> Bool {
        Array((line + "\n").utf8).withUnsafeBytes { outBytes($0) } == nil
    }

    /// That the reader has gone (`ptrctl status | head -1`), or the disk is full, is nothing for these few lines:
    /// there is nobody left to tell.
    private static func write(_ line: String, to descriptor: CInt) {
        write(raw: line + "\n", to: descriptor)
    }

    private static func write(raw text: String, to descriptor: CInt) {
        _ = Array(text.utf8).withUnsafeBytes { write($0, to: descriptor) }
    }

    /// Past the buffers of stdio: nothing is left unwritten when the process exits, and the two streams keep their
    /// order.
    private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) -> CInt? {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest)
            let count = Glibc.write(descriptor, piece.baseAddress, piece.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return errno }
            rest = rest.dropFirst(count)
        }
        return nil
    }
}
