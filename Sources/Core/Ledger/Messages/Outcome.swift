/// How the handling of a message ended, as a worker's body reports it. What follows from it, and who pays, is the ledger's to say.
public enum Outcome: Sendable, Hashable {
    /// The handler completed.
    case done
    /// It did not work; the reason is for people. The message pays with an attempt and is tried again: after its backoff, or after
    /// `after` at the earliest if that is said.
    case failed(String, after: Duration? = nil)
    /// It never will work: a dead letter at once.
    case rejected(String)
    /// What the handler needs is down, and the message has no part in it: it is given back, and nothing is handed out until one
    /// message, tried alone, says otherwise; not before `after`, if that is said.
    case unavailable(String, after: Duration? = nil)
}

/// The outcome of one message of a hand.
public struct Answer: Sendable, Hashable {
    /// Its place in ``Hand/entries``.
    public var index: Int
    /// What became of it.
    public var outcome: Outcome

    /// Makes an answer.
    public init(_ index: Int, _ outcome: Outcome) {
        self.index = index
        self.outcome = outcome
    }
}

/// What the ledger holds of a message that a worker has ended with, until flow_manager settles it.
package enum Verdict: Sendable, Hashable {
    /// The handler completed.
    case done
    /// The handler reported an error; the worker lives.
    case failed(String, after: Duration? = nil)
    /// The handler says that another try cannot help.
    case rejected(String)
    /// The worker stopped over it: it threw, died or took too long.
    case crashed(String)
    /// It was a kill message: it stopped its worker on purpose.
    case killed

    /// Whether it counts as a failure.
    var isFault: Bool {
        switch self {
        case .failed, .crashed: true
        case .done, .killed, .rejected: false
        }
    }

    /// Why it is none of the good ends; nil: it is one.
    package var reason: String? {
        switch self {
        case .failed(let reason, _), .rejected(let reason), .crashed(let reason): reason
        case .done, .killed: nil
        }
    }
}

/// The right to answer for a message: given to one incarnation of a worker, for one attempt.
///
/// The ledger takes an outcome only for the current lease of a message, so a late answer of a worker that was replaced
/// or abandoned is without effect.
package struct Lease: Sendable, Hashable {
    /// The message's number.
    package let sequence: UInt64
    /// Which attempt this is, from 1.
    package let attempt: Int
    /// Who may answer, and nobody else.
    package let holder: Holder
    /// The number of the hand-out, over all: no two leases of a message are alike, and those of one hand share it.
    package let number: UInt64
    package let slot: Int
}

/// Who holds a message: an incarnation of a worker, under an incarnation of its direct supervisor.
package struct Holder: Sendable, Hashable {
    /// The incarnation of the worker.
    package let worker: UInt64
    /// The incarnation of its direct supervisor.
    package let supervisor: UInt64

    package init(worker: UInt64, supervisor: UInt64) {
        self.worker = worker
        self.supervisor = supervisor
    }
}
