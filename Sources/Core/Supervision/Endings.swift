/// How a child ended.
///
/// Erlang's exit reasons, cut down to the three that the restart decision tells apart. In Swift a child is an async
/// function: it returns (`normal`), it ends because it was asked to (`shutdown`), or it throws (`error`).
public enum ExitReason: Sendable, CustomStringConvertible {
    /// The function returned although nobody had asked it to stop.
    case normal
    /// The function ended because it was asked to, or by throwing ``Shutdown``.
    case shutdown
    /// The function threw: a crash.
    case error(any Error)

    /// In words, for people: an error is shown as it describes itself.
    public var description: String {
        switch self {
        case .normal: "normal"
        case .shutdown: "shutdown"
        case .error(let error): "\(error)"
        }
    }

    /// The reason without its particulars, for machines: `normal`, `shutdown` or `error`.
    public var kind: String {
        switch self {
        case .normal: "normal"
        case .shutdown: "shutdown"
        case .error: "error"
        }
    }
}

/// Thrown by a child that wants to end with the reason `shutdown`, as a supervisor that gave up does.
public struct Shutdown: Error, Sendable, CustomStringConvertible {
    /// Why it ended, for the log.
    public var because: String

    /// Makes what a child throws to end so.
    public init(because: String) {
        self.because = because
    }

    /// Why it ended.
    public var description: String { because }
}

/// Thrown by a child that declines to start (OTP's `ignore`): it is not an error, and it is not restarted.
///
/// For children that start ``Startup/whenReady``, before they are. One that counts as started has ended, with the
/// reason `normal`.
public struct DeclinedToStart: Error, Sendable {
    /// Makes what a child throws to decline.
    public init() {}
}

extension Supervisor {
    /// How a supervisor ended.
    public enum Ending: Sendable {
        /// It was asked to stop.
        case stopped
        /// Its restart budget was spent; the last child to end, and why.
        case gaveUp(ChildID, ExitReason)
        /// A child would have had to be replaced by another while more abandoned children than
        /// ``SupervisionRuntime/abandonmentLimit`` still run; only the end of the process frees them. A supervisor
        /// above gives up in its turn rather than start this one again, for as long as they run.
        case tooManyAbandoned(ChildID, count: Int)
        /// A child could not be started at first; or what was to be started is not valid (``InvalidSpecification``),
        /// and nothing was. The identifier is the supervisor's own name when its options, or what gives them, are at
        /// fault.
        case startFailed(ChildID, ExitReason)
        /// It declined to start (OTP's `ignore`).
        case declined
        /// Its significant children had ended.
        case autoShutdown(ChildID)
        /// It was run a second time; the first is not touched by that.
        case alreadyRan

        /// In words, for people, with the supervisor's name as the subject.
        func sentence(about name: String) -> String {
            switch self {
            case .stopped: "\(name) stopped"
            case .gaveUp(let child, let reason):
                "\(name) gave up: \(child) ended too often, the last time with: \(reason)"
            case .tooManyAbandoned(let child, let count):
                "\(name) gave up: \(child) cannot be replaced, because \(count) abandoned children still run"
            case .startFailed(let child, let reason): "\(name) did not start: \(child): \(reason)"
            case .declined: "\(name) declined to start"
            case .autoShutdown(let child): "\(name) ended with its significant child \(child)"
            case .alreadyRan: "\(name) did not start: it was run before, and a supervisor lives once"
            }
        }
    }
}
