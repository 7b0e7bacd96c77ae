import ProgramKit

/// How a process ended, as wait(2) says it.
public enum BodyExit: Sendable, Hashable, CustomStringConvertible {
    /// It exited with this status.
    case status(Int32)
    /// A signal ended it, perhaps with a core dump.
    case signal(Int32, dumpedCore: Bool = false)

    /// Such as `exit status 3`, `SIGSEGV (core dumped)`.
    public var description: String {
        switch self {
        case .status(let status): "exit status \(status)"
        case .signal(let number, let dumpedCore): SignalName.of(number) + (dumpedCore ? " (core dumped)" : "")
        }
    }
}

/// What a process ended over, as its body knows it.
public enum BodyExitCause: String, Sendable, Hashable, CaseIterable {
    /// It ended by itself, or somebody outside ended it.
    case own
    /// It said what makes no sense, and was ended.
    case protocolBroken = "protocol"
    /// It gave no sign of life for too long, and was ended.
    case hung
    /// It took too long over a message, and was ended. A body need not tell this from ``killed``; its worker does.
    case timedOut = "timeout"
    /// It had done its share, and another one takes its place.
    case recycled
    /// It was to stop, and did.
    case stopped
    /// It was ended at once.
    case killed
}

/// What is known of the end of a body that is a process: for whoever looks for the cause.
public struct PostMortem: Sendable, Hashable {
    /// So many of its last lines are kept, at most.
    public static let lines = 20
    /// So many bytes of them, at most.
    public static let bytes = 4096

    /// Its process id.
    public var pid: Int32?
    /// How it ended; nil: that is not known.
    public var exit: BodyExit?
    /// What it ended over.
    public var cause: BodyExitCause
    /// The last that it wrote to standard error, the oldest line first; the beginning of a line that is long.
    public let errorLines: [String]

    /// Makes one; of more lines than are kept it takes the last.
    public init(pid: Int32? = nil, exit: BodyExit?, cause: BodyExitCause = .own, errorLines: [String] = []) {
        self.pid = pid
        self.exit = exit
        self.cause = cause
        var room = Self.bytes
        var kept: [String] = []
        for line in errorLines.suffix(Self.lines).reversed() where room > 0 {
            let line = line.utf8.count > room ? line.beginning(max(room - 3, 0)) : line
            kept.append(line)
            room -= line.utf8.count
        }
        self.errorLines = kept.reversed()
    }

    /// How it ended, and the last that it said: `ended by SIGSEGV after 3 s; the last on its standard error: …`.
    ///
    /// - Parameter after: what stands behind how it ended.
    package func summary(_ after: String = "") -> String {
        switch exit {
        case .status(let status)?: "ended with exit status \(status)\(after)\(words)"
        case .signal?: "ended by \(exit.map { "\($0)" } ?? "")\(after)\(words)"
        case nil: "ended\(after)\(words)"
        }
    }

    /// The last line that says something, to stand behind how it ended; empty: there is none.
    package var words: String {
        guard let line = errorLines.last(where: { !$0.isEmpty }) else { return "" }
        return "; the last on its standard error: \(line.oneLine(200))"
    }
}
