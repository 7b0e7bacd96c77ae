/// Something that is wrong at the moment, and that the daemon cannot mend alone.
///
/// The daemon is ``Status/State/degraded`` exactly when there is at least one.
public struct Problem: Hashable, Sendable, Codable {
    /// What sort of problem it is.
    public let kind: Kind
    /// What has it: the name of a stream, a path, a part of the daemon.
    public let subject: String
    /// Since when, in UTC to the microsecond.
    public let since: String
    /// What is wrong, and what comes next, in words for people.
    public let text: String

    /// Makes a problem.
    public init(kind: Kind, subject: String, since: String, text: String) {
        self.kind = kind
        self.subject = subject
        self.since = since
        self.text = text
    }

    /// What sort of problem it is. Words are only ever added.
    public struct Kind: RawRepresentable, Hashable, Sendable, Codable {
        /// The word in the JSON.
        public let rawValue: String

        /// Makes a kind of any word: a later daemon may know more of them.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// A stream has been down for longer than its `down_after`.
        public static let streamDown = Kind(rawValue: "stream_down")
        /// None of the streams that should be open has been for ten seconds.
        public static let allStreamsDown = Kind(rawValue: "all_streams_down")
        /// A server refuses a stream in a way that somebody has to do something about: a wrong URL, a page in its place.
        public static let streamRefused = Kind(rawValue: "stream_refused")
        /// A stream has ended for good by an answer that is no regular end.
        public static let streamFailed = Kind(rawValue: "stream_failed")
        /// The circuit breaker is open: most messages fail, and intake has paused.
        public static let breakerOpen = Kind(rawValue: "breaker_open")
        /// What the handler needs is down, or no worker can be started: what came is held.
        public static let handlerUnavailable = Kind(rawValue: "handler_unavailable")
        /// Some workers cannot be started, again and again.
        public static let workersCannotStart = Kind(rawValue: "workers_cannot_start")
        /// Checkpoints and dead letters cannot be stored.
        public static let stateUnwritable = Kind(rawValue: "state_unwritable")
        /// What is printed to takes nothing: a full disk, a journal that is not there.
        public static let outputBlocked = Kind(rawValue: "output_blocked")
        /// None of the paths of the print format was found in what came of late.
        public static let formatFindsNothing = Kind(rawValue: "format_finds_nothing")
        /// Many workers hang and were replaced; with some more the tree ends.
        public static let workersHang = Kind(rawValue: "workers_hang")
        /// A listener of the daemon is broken, or its path leads elsewhere.
        public static let listenerBroken = Kind(rawValue: "listener_broken")
        /// A part of the tree does not answer, and systemd is not told that ptrd lives.
        public static let watchdogLate = Kind(rawValue: "watchdog_late")
        /// The books of the daemon contradict themselves.
        public static let booksWrong = Kind(rawValue: "books_wrong")
    }
}
