public import Logging
import Supervision

// What an operator sees beside the status and the tree.
extension Application {
    /// The last `limit` events of these kinds above a number, the oldest first.
    ///
    /// - Returns: the events, the number of the next one there will be, and how many that were asked for are no longer kept.
    public func events(
        of kinds: Set<TreeEvent.Kind> = Set(TreeEvent.Kind.allCases), after: UInt64? = nil, limit: Int = 100
    ) -> (events: [TreeEvent], next: UInt64, missed: UInt64) {
        observation.events.read(kinds, after: after, limit: limit)
    }

    /// The kept events above a number, if one is given, and all from now on. Who reads too slowly is sent away, and can come
    /// back with the number of the last event. Nil: too many follow already.
    public func follow(
        _ kinds: Set<TreeEvent.Kind> = Set(TreeEvent.Kind.allCases), after: UInt64? = nil
    ) -> Subscription<TreeEvent>? {
        observation.events.follow(kinds, after: after)
    }

    /// Keeps an event of a kind that the tree does not know of itself, and shows it to those who follow. The log is the
    /// caller's.
    public func note(
        _ kind: TreeEvent.Kind, _ level: Logger.Level, _ message: String, fields: [String: String] = [:]
    ) {
        observation.note(kind, level, message, fields)
    }

    /// The last crashes, the oldest first.
    public func crashes(limit: Int = 20) -> [CrashRecord] { observation.crashes.last(limit) }

    /// One crash by its number; nil: there was none, or it is no longer kept.
    public func crash(numbered id: UInt64) -> CrashRecord? { observation.crashes.record(id) }

    /// Looks at messages that go by, as many as can be spared. Nil: too many do so already.
    ///
    /// - Parameter text: only messages with this text in their data, type or event id.
    public func tap(_ stage: TapStage, text: [UInt8]? = nil) -> Subscription<TappedItem>? {
        observation.taps.begin(stage, text: text)
    }

    /// The load of the last five minutes.
    public var loadHistory: LoadHistory { observation.loadHistory }

    /// The last decisions of the autoscaler, the oldest first; where the same answer for the same reason came again,
    /// the last of them stands once, with their number and its time in microseconds since 1970.
    public var foldedDecisions: [FoldedDecision] { observation.foldedDecisions }

    /// Brings the metrics up to date that are not counted when they happen. For exporters, before they read.
    public func updateMetrics() { observation.updateMetrics(status) }
}
