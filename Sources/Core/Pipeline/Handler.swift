/// What a worker does with a message: the seam for new sinks.
///
/// One value serves all workers at once. A handler ends in one of three ways: it returns `done`; it returns `failed`,
/// and the worker lives on; or it throws, which is a crash: the worker stops and is replaced. Cancellation of the task
/// means that the worker is to stop; what has not been done by then is dealt again.
public protocol Handler: Sendable {
    /// Handles one message.
    func handle(_ message: Message, in context: HandlerContext) async throws -> HandlerResult
}

/// What a handler may want to know beside the message.
public struct HandlerContext: Sendable {
    /// Which attempt this is, from 1.
    public var attempt: Int
    /// The name of the worker.
    public var worker: String

    /// Where the time of the attempt is kept; nil outside of a tree.
    private let roster: Roster?
    let holder: Holder?

    /// Makes the context of one attempt, for a handler that is called by hand.
    public init(attempt: Int, worker: String) {
        self.init(attempt: attempt, worker: worker, roster: nil, holder: nil)
    }

    init(attempt: Int, worker: String, roster: Roster?, holder: Holder?) {
        self.attempt = attempt
        self.worker = worker
        self.roster = roster
        self.holder = holder
    }

    /// Says that the work is done and that only handing over its result remains: from here on the worker's timeout does not run.
    ///
    /// A slow output is to slow the pool, and not to cost messages their attempts.
    ///
    /// - Returns: false when it has taken too long: the message has been answered for, will be tried again or is given up, and
    ///   the result must not be handed over.
    @discardableResult
    public func beginsHandover() -> Bool {
        guard let roster, let holder else { return true }
        return roster.stopClock(of: holder)
    }
}

/// What a handler throws that is not to hand over its result, because it took too long for it.
public struct HandoverTooLate: Error, Sendable, CustomStringConvertible {
    /// Makes one.
    public init() {}

    /// In words, for people.
    public var description: String { "it took longer than workers.timeout; its result is not handed over" }
}

/// How a handler ended, when it did not throw.
public enum HandlerResult: Sendable, Hashable {
    case done
    /// It did not work; the reason is for people.
    case failed(String)
}
