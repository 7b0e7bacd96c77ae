import Flow
public import Ledger
public import Supervision
import Tree

/// One crash: what ended, why, and what its supervisor did about it.
public struct CrashRecord: Sendable {
    /// Whose fault a crash was. The raw value is its name in the control API.
    public enum Cause: String, Sendable, Hashable {
        /// The handler threw over the message.
        case message
        /// A kill message, as it is meant to.
        case killMessage = "kill_message"
        /// The message took longer than a worker may.
        case timeout
        /// An operator's.
        case injected
        /// Its own.
        case own
    }

    /// What a supervisor did about it. The raw value is its name in the control API.
    public enum Action: String, Sendable, Hashable {
        /// It started the child again.
        case restarted
        /// The child has not been started again yet.
        case restarting
        /// The budget was spent: it stopped its children and ended.
        case gaveUp = "gave_up"
        /// It left the child stopped, because it ended itself meanwhile.
        case stopped
    }

    /// The message in hand, and what became of it.
    public struct Message: Sendable, Hashable {
        /// What became of it. The raw value is its name in the control API.
        public enum Fate: String, Sendable, Hashable {
            /// It waits out its backoff and is dealt again; the attempt counts.
            case retried
            /// It was dealt again at once; the attempt does not count.
            case dealtAgain = "dealt_again"
            /// It had no attempt left.
            case deadLettered = "dead_lettered"
            /// It was a kill message.
            case killed
        }

        /// Its number.
        public var sequence: UInt64
        /// The name of the stream it came from.
        public var stream: String
        /// The beginning of its event id; may be empty.
        public var eventID: String
        /// Which attempt it was.
        public var attempt: Int
        /// How many it has.
        public var maxAttempts: Int
        /// What became of it.
        public var fate: Fate
    }

    /// Its number in this life of the daemon, from 1.
    public let id: UInt64
    /// When it was detected, in microseconds since 1970.
    public let time: Int64
    /// What crashed.
    public let child: ChildID
    /// Its supervisor.
    public let supervisor: String
    /// The incarnation that crashed.
    public let incarnation: UInt64
    /// What it ended with.
    public let reason: ExitReason
    /// What the supervisor did.
    public internal(set) var action: Action
    /// The incarnation that replaced it.
    public internal(set) var replacement: UInt64?
    /// From the detection until the replacement ran.
    public internal(set) var recovery: Duration?
    /// The supervisor's restart budget; nil: not known.
    public let budget: RestartBudget?
    /// How many more restarts the supervisor bore after it.
    public internal(set) var remainingRestarts: Int?
    /// The message in hand.
    public let message: Message?
    /// How the body of a worker ended, if that was a process.
    public let postMortem: PostMortem?

    /// When it was detected, by the tree's clock.
    let detected: Duration

    /// Whose fault it was.
    public var cause: Cause { Cause(of: reason) }

    /// Whether it was charged to the supervisor's budget; what a message does is not.
    public var isCharged: Bool {
        if case .error(is MessageFault) = reason { false } else { true }
    }
}

extension CrashRecord.Cause {
    static let all: [Self] = [.message, .killMessage, .timeout, .injected, .own]

    /// What an end is to be put down to.
    package init(of reason: ExitReason) {
        guard case .error(let error) = reason else {
            self = .own
            return
        }
        if let fault = error as? MessageFault {
            self =
                switch fault.kind {
                case .killed: .killMessage
                case .crashed: .message
                case .timedOut: .timeout
                }
        } else {
            self = error is InjectedCrash ? .injected : .own
        }
    }
}
