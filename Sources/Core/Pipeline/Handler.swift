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
public struct HandlerContext: Sendable, Hashable {
    /// Which attempt this is, from 1.
    public var attempt: Int
    /// The name of the worker.
    public var worker: String

    /// Makes the context of one attempt.
    public init(attempt: Int, worker: String) {
        self.attempt = attempt
        self.worker = worker
    }
}

/// How a handler ended, when it did not throw.
public enum HandlerResult: Sendable, Hashable {
    case done
    /// It did not work; the reason is for people.
    case failed(String)
}
