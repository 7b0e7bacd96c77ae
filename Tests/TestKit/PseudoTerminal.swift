public import Foundation
import Locking

/// A built program on a terminal of its own, of which a test sees what is written to it, and types.
public final class PseudoTerminal: Sendable {
    private struct State {
        var output = ""
        var waiters: [(isSatisfied: @Sendable (String) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Locked(State())
    private let main: CInt
    /// The program's side, kept open: how the terminal is set is seen here also when the program has ended.
    private let terminal: CInt
    /// The program's process.
    public let pid: pid_t

    /// Why it could not be started.
    public enum Failure: Error {
        /// What was tried, and why it failed.
        case call(String, errno: CInt)
    }

    /// The folder of the programs that were built beside the tests.
    public static let products = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()

    /// Starts ptrctl.
    public convenience init(_ arguments: [String], columns: Int = 100, rows: Int = 30) throws {
        try self.init(Self.products.appending(path: "ptrctl").path, arguments, columns: columns, rows: rows)
    }

    /// Starts a program as the leader of a session on the terminal.
    ///
    /// - Parameter environment: variables besides TERM, LANG, PATH and PS1.
    public init(
        _ executable: String, _ arguments: [String], environment: [String: String] = [:], columns: Int, rows: Int
    ) throws {
        var ends: (main: CInt, terminal: CInt) = (-1, -1)
        guard openpty(&ends.main, &ends.terminal, nil, nil, nil) == 0, let path = ttyname(ends.terminal) else {
            throw Failure.call("open a terminal", errno: errno)
        }
        (main, terminal) = ends
        // Only what is opened for it is the program's.
        for end in [main, terminal] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // The first terminal that the leader of a session opens becomes the session's.
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, path, O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDERR_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // POSIX_SPAWN_SETSIGDEF, _SETSIGMASK and _SETSID: a thread of ours may have signals blocked or ignored, which the
        // program would inherit.
        posix_spawnattr_setflags(&attributes, 0x04 | 0x08 | 0x80)
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        var words = Self.cStrings([executable] + arguments)
        var variables = Self.cStrings(
            ["TERM=xterm", "LANG=C.UTF-8", "PATH=/usr/bin:/bin", "PS1=shell> "] + environment.map { "\($0)=\($1)" })
        defer { for word in words + variables { free(word) } }
        var pid: pid_t = 0
        Self.resize(main, columns: columns, rows: rows)
        let error = posix_spawn(&pid, executable, &actions, &attributes, &words, &variables)
        guard error == 0 else { throw Failure.call("start \(executable)", errno: error) }
        self.pid = pid
        let thread = Thread { [self] in read() }
        thread.start()
    }

    deinit {
        close(main)
    }

    private static func cStrings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        texts.map { strdup($0) } + [nil]
    }

    private func read() {
        var bytes = [UInt8](repeating: 0, count: 65536)
        // Cut between two reads, a character would not be seen as one.
        var rest: [UInt8] = []
        while true {
            let count = Glibc.read(main, &bytes, bytes.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest += bytes.prefix(count)
            let end = rest.lastIndex { $0 & 0xC0 != 0x80 } ?? 0
            let isCut = rest[end] >= 0x80
            let whole = isCut ? rest[..<end] : rest[...]
            let text = String(decoding: whole, as: UTF8.self)
            rest = isCut ? Array(rest[end...]) : []
            let ready = state.withLock { state in
                state.output += text
                let output = state.output
                let ready = state.waiters.filter { $0.isSatisfied(output) }.map(\.continuation)
                state.waiters.removeAll { $0.isSatisfied(output) }
                return ready
            }
            for waiter in ready { waiter.resume() }
        }
    }

    /// All that was written so far.
    public var output: String { state.withLock(\.output) }

    /// Waits until what was written is as wanted. When the test's time is up the program is ended, so that nobody waits
    /// for ever.
    public func wait(_ isSatisfied: @escaping @Sendable (String) -> Bool) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if Task.isCancelled || isSatisfied(state.output) { return true }
                    state.waiters.append((isSatisfied, continuation))
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            signal(SIGKILL)
            let waiters = state.withLock { state in
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.continuation.resume() }
        }
    }

    /// Waits until the text has been written.
    public func wait(for text: String) async {
        await wait { $0.contains(text) }
    }

    /// Types on it.
    public func type(_ keys: String) {
        _ = Array(keys.utf8).withUnsafeBytes { Glibc.write(main, $0.baseAddress, $0.count) }
    }

    /// Gives it another size.
    public func resize(columns: Int, rows: Int) { Self.resize(main, columns: columns, rows: rows) }

    private static func resize(_ descriptor: CInt, columns: Int, rows: Int) {
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(descriptor, UInt(TIOCSWINSZ), &size)
    }

    /// Whether keys come line by line and are echoed, as a shell's terminal has it, and whether Ctrl-C is a signal.
    public var isOrdinary: Bool {
        var attributes = termios()
        tcgetattr(terminal, &attributes)
        return attributes.c_lflag & tcflag_t(ICANON | ECHO | ISIG) == tcflag_t(ICANON | ECHO | ISIG)
            && attributes.c_iflag & tcflag_t(ICRNL) != 0
    }

    /// Sends the program a signal.
    public func signal(_ number: CInt) { kill(pid, number) }

    /// How it ended: its exit status, and whether the terminal is as it was.
    public func end() async -> End {
        let pid = pid
        // A thread of its own: those of the cooperative pool must not wait.
        let status = await withCheckedContinuation { continuation in
            Thread {
                var status: Int32 = 0
                while waitpid(pid, &status, 0) < 0, errno == EINTR {}
                continuation.resume(returning: status)
            }.start()
        }
        let isOrdinary = isOrdinary
        close(terminal)
        return End(status: status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F), isOrdinary: isOrdinary)
    }

    /// How a program ended.
    public struct End: Equatable, Sendable {
        /// Its exit status. Negative: the signal that killed it.
        public let status: Int32
        /// Whether the terminal is as it was.
        public var isOrdinary: Bool

        /// Makes one of its parts.
        public init(status: Int32, isOrdinary: Bool = true) {
            self.status = status
            self.isOrdinary = isOrdinary
        }
    }

    /// The frames drawn so far, as lines.
    public static func frames(_ output: String) -> [[String]] {
        output.components(separatedBy: "\u{1B}[H").dropFirst().map { frame in
            let end = frame.range(of: "\u{1B}[J")?.lowerBound ?? frame.startIndex
            return frame[..<end].components(separatedBy: "\r\n")
        }
    }
}
