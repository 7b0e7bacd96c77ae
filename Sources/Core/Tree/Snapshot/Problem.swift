extension ApplicationStatus {
    /// Something that is wrong at the moment, and that the tree cannot mend alone. It is degraded exactly while there is one.
    public struct Problem: Sendable, Hashable {
        /// What sort of problem it is.
        public let kind: Kind
        /// What has it: the name of a stream, a part of the daemon.
        public let subject: String
        /// What is wrong, and what comes next, in words.
        public let text: String
        /// Since when, in microseconds since 1970; nil: since it is seen.
        public internal(set) var since: Int64?

        /// Makes a problem that begins when it is seen for the first time.
        public init(_ kind: Kind, of subject: String, _ text: String) {
            self.init(kind, of: subject, since: nil, text)
        }

        package init(_ kind: Kind, of subject: String, since: Int64?, _ text: String) {
            self.kind = kind
            self.subject = subject
            self.text = text
            self.since = since
        }

        /// What sort of problem it is: the worst first. The raw value is its name in the control API and in metrics.
        public enum Kind: String, Sendable, Hashable, CaseIterable {
            /// The books contradict themselves.
            case booksWrong = "books_wrong"
            /// A part of the tree does not answer, and systemd is not told that it lives.
            case watchdogLate = "watchdog_late"
            /// Checkpoints and dead letters cannot be stored.
            case stateUnwritable = "state_unwritable"
            /// What is printed to takes nothing.
            case outputBlocked = "output_blocked"
            /// Most messages fail, and intake has paused.
            case breakerOpen = "breaker_open"
            /// What the handler needs is down, or no worker can be started: what came is held.
            case handlerUnavailable = "handler_unavailable"
            /// Some workers cannot be started, again and again.
            case workersCannotStart = "workers_cannot_start"
            /// Many parts of the tree hang and were replaced.
            case workersHang = "workers_hang"
            /// None of the paths of the print format was found in what came of late.
            case formatFindsNothing = "format_finds_nothing"
            /// None of the streams that should be open has been for ten seconds.
            case allStreamsDown = "all_streams_down"
            /// A stream has ended for good.
            case streamFailed = "stream_failed"
            /// A server refuses a stream in a way that somebody has to do something about.
            case streamRefused = "stream_refused"
            /// A stream has been down for longer than its `down_after`.
            case streamDown = "stream_down"
            /// It is not known who holds streams that are read by one daemon at a time.
            case holderUnknown = "holder_unknown"
            /// A listener is broken, or its path leads elsewhere.
            case listenerBroken = "listener_broken"

            var isOfStream: Bool { [.streamFailed, .streamRefused, .streamDown].contains(self) }
        }
    }
}

extension ApplicationStatus.Problem: CustomStringConvertible {
    /// In words that need no subject beside them.
    public var description: String { kind.isOfStream ? "stream \(subject): \(text)" : text }
}

extension [ApplicationStatus.Problem] {
    /// All of them in one sentence, of many the first: a line that names two hundred streams tells nobody anything. Nil of none.
    public var sentence: String? {
        guard !isEmpty else { return nil }
        let (shown, rest) = (prefix(3).map(\.description), count - 3)
        return (shown + (rest > 0 ? ["and \(rest) more"] : [])).joined(separator: "; ")
    }
}
