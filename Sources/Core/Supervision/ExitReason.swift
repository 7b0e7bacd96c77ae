/// How a child ended.
///
/// Erlang's exit reasons, cut down to the three that the restart decision tells apart. In Swift a child is an async
/// function: it returns (`normal`), it ends because it was asked to (`shutdown`), or it throws (`error`).
public enum ExitReason: Sendable {
    /// The function returned although nobody had asked it to stop.
    case normal
    /// The function ended because it was asked to, or by throwing ``Shutdown``.
    case shutdown
    /// The function threw: a crash.
    case error(any Error)
}

extension ExitReason: CustomStringConvertible {
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
