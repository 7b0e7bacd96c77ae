/// How the handling of a message ended.
public enum Outcome: Sendable {
    /// The handler completed.
    case done
    /// The handler reported an error; the worker lives.
    case failed(String)
    /// The worker stopped over it: it threw, died or took too long.
    case crashed(String)
    /// It was a kill message: it stopped its worker on purpose.
    case killed
}

extension Outcome {
    /// Whether it counts as a failure.
    var isFault: Bool {
        switch self {
        case .failed, .crashed: true
        case .done, .killed: false
        }
    }
}

/// The right to answer for a message: given to one incarnation of a worker, for one attempt.
///
/// The ledger takes an outcome only for the current lease of a message, so a late answer of a worker that was replaced
/// or abandoned is without effect.
public struct Lease: Sendable, Hashable {
    /// The message's number.
    public let sequence: UInt64
    /// Which attempt this is, from 1.
    public let attempt: Int
    /// Who may answer, and nobody else.
    public let holder: Holder
    /// The number of the hand-out, over all messages: no two leases are alike.
    let number: UInt64
    let slot: Int
}

/// Who holds a message: an incarnation of a worker, under an incarnation of its direct supervisor.
public struct Holder: Sendable, Hashable {
    /// The incarnation of the worker.
    public let worker: UInt64
    /// The incarnation of its direct supervisor.
    public let supervisor: UInt64
}

/// A message in the hands of a worker.
///
/// An object, because it is handed on a good deal: a copy of the value would take a quarter of a KiB in every desk, list
/// and suspended function that it passes.
public final class Assignment: Sendable {
    /// What is to be handled.
    public let message: Message
    /// The right to answer for it.
    public let lease: Lease

    init(message: Message, lease: Lease) {
        self.message = message
        self.lease = lease
    }
}
