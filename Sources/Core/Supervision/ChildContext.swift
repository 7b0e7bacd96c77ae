import Locking

/// What a child knows of itself.
public struct ChildContext: Sendable {
    /// Its name among its siblings.
    public let id: ChildID
    /// Stands for a process identifier: unique in the life of the process, new at every restart.
    public let incarnation: UInt64
    /// Nil when nobody waits for its start.
    let start: OneShot<StartOutcome>?

    /// Says that the child has started; matters only with ``Startup/whenReady``.
    public func ready() {
        start?.resolve(.ready(nil))
    }

    /// Says that the child has started, and tells whoever started it by hand something of it, such as the port it
    /// listens on; matters only with ``Startup/whenReady``.
    ///
    /// - Parameter information: what ``Supervisor/startChild(_:returning:)`` returns, unchanged.
    public func ready(_ information: any Sendable) {
        start?.resolve(.ready(information))
    }
}

/// What became of the start of a child.
enum StartOutcome: Sendable {
    case ready((any Sendable)?)
    case ended(ExitReason)
    case declined
    /// The supervisor itself was asked to stop meanwhile.
    case interrupted
}

/// What a supervisor answers to whoever started a child by hand.
struct StartedChild: Sendable {
    var id: ChildID
    /// 0 when it declined to start.
    var incarnation: UInt64
    var information: (any Sendable)?
}
