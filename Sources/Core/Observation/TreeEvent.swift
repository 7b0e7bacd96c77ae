import Flow
import Ledger
public import Logging
import Supervision

/// Something that happened, as it is kept: put into words only when somebody wants to read it.
public struct TreeEvent: Sendable {
    /// What an event is about. The raw value is its name in the control API.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A part of the tree ended on its own, and what became of it.
        case crash
        /// The size of the pool changed, or was pinned.
        case scale
        /// A stream went up or down, was paused or has ended.
        case stream
        /// A supervisor gave up, a child was abandoned or could not be restarted.
        case supervision
        /// A message became a dead letter.
        case message
        /// The circuit breaker opened, tries or closed.
        case breaker
        /// What the handler needs is down, or there again.
        case handler
        /// The process of a worker was started or has ended, or it could not be started.
        case worker
        /// The state could not be written, or can be again.
        case state
        /// Somebody changed something over the control API, or was refused to.
        case control
        /// The daemon as a whole.
        case daemon
    }

    /// Its number in this life of the daemon, from 1.
    public let id: UInt64
    /// Microseconds since 1970.
    public let time: Int64
    let content: Content

    /// What happened; small, without text of its own.
    enum Content: Sendable {
        case crash(id: UInt64, SupervisionEvent)
        case supervision(SupervisionEvent)
        case scaled(ScalingDecision)
        case pinned(Int?, before: Int?, by: String?)
        case stream(StreamChange)
        case deadLetter(DeadLetterNote)
        case breaker(CircuitBreaker.Change)
        case outage(HandlerOutage.Change)
        case state(Happening.StateChange)
        case worker(WorkerEvent)
        case note(Kind, Logger.Level, String, [String: String])
    }

    /// What of a dead letter is worth an event; its data is not.
    struct DeadLetterNote: Sendable {
        package let stream: String
        let sequence: UInt64
        let attempts: Int
        let worker: String
        let eventID: String
        let reason: String
    }

    /// What it is about.
    public var kind: Kind { content.kind }
}

extension TreeEvent.Content {
    package var kind: TreeEvent.Kind {
        switch self {
        case .crash: .crash
        case .supervision: .supervision
        case .scaled, .pinned: .scale
        case .stream: .stream
        case .deadLetter: .message
        case .breaker: .breaker
        case .outage: .handler
        case .state: .state
        case .worker: .worker
        case .note(let kind, _, _, _): kind
        }
    }
}

extension TreeEvent {
    /// How grave it is.
    public var level: Logger.Level {
        switch content {
        case .crash(_, let event), .supervision(let event): event.level
        case .scaled: .info
        case .pinned: .notice
        case .stream(let change): change.level
        case .deadLetter: .warning
        case .breaker(let change): change.isBad ? .warning : .notice
        case .outage(let change): change.isBad ? .warning : .notice
        case .state(.failed), .state(.drops): .error
        case .state(.recovered): .notice
        case .worker(let event): event.level
        case .note(_, let level, _, _): level
        }
    }

    /// The form for people.
    public var message: String {
        switch content {
        case .crash(_, let event), .supervision(let event): "\(event)"
        case .scaled(let decision): "\(decision)"
        case .pinned(let size?, _, let who):
            "pinned to \(size) direct supervisors" + (who.map { " by \($0)" } ?? "")
        case .pinned(nil, let before, _):
            "the size follows the load again" + (before.map { "; it was pinned to \($0)" } ?? "")
        case .stream(let change): "\(change)"
        case .deadLetter(let letter):
            "message \(letter.sequence) of \(letter.stream) given up after \(letter.attempts) attempts: \(letter.reason)"
        case .breaker(let change): "\(change)"
        case .outage(let change): "\(change)"
        case .state(.failed(let error)):
            "the state could not be written, checkpoints stand still until it can: \(error)"
        case .state(.drops): "more dead letters than can wait for the store: the oldest are dropped, and counted"
        case .state(.recovered): "the state is written again"
        case .worker(let event): "\(event)"
        case .note(_, _, let message, _): message
        }
    }

    /// The form for machines: what it happened to, and the particulars.
    public var fields: [String: String] {
        switch content {
        case .crash(let id, let event): event.fields.merging(["crash": "\(id)"]) { $1 }
        case .supervision(let event): event.fields
        case .scaled(let decision):
            [
                "from": "\(decision.from)", "to": "\(decision.to)", "reason": decision.reason.rawValue,
                "in_flight": "\(decision.inFlight)", "by": decision.by,
            ].compactMapValues(\.self)
        case .pinned(let size, let before, let who):
            ["pinned": size.map { "\($0)" } ?? "auto", "before": before.map { "\($0)" } ?? "auto", "by": who]
                .compactMapValues(\.self)
        case .stream(let change): change.fields
        case .deadLetter(let letter):
            [
                "stream": letter.stream, "sequence": "\(letter.sequence)", "attempts": "\(letter.attempts)",
                "worker": letter.worker, "event_id": letter.eventID, "reason": letter.reason,
            ]
        case .breaker(let change): ["state": change.name]
        case .outage(let change): ["state": change.isBad ? "unavailable" : "available"]
        case .state(.failed(let error)): ["error": error]
        case .state: [:]
        case .worker(let event): event.fields
        case .note(_, _, _, let fields): fields
        }
    }
}

extension TreeEvent.DeadLetterNote {
    /// Keeps the beginning of what may be of any length.
    package init(_ letter: DeadLetter) {
        self.init(
            stream: letter.stream, sequence: letter.sequence, attempts: letter.attempts, worker: letter.worker,
            eventID: letter.eventID.beginning, reason: letter.reason.beginning(1024))
    }
}

extension CircuitBreaker.Change {
    /// Its name for machines.
    package var name: String {
        switch self {
        case .opened: "opened"
        case .trying: "trying"
        case .trialFailed: "trial_failed"
        case .closed: "closed"
        case .switchedOff: "switched_off"
        }
    }
}
