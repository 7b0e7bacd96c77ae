/// A handler that takes one message at a time, with nothing of its own between two.
///
/// One value serves all workers at once. It ends in one of three ways: it returns ``Outcome/done``; it returns another outcome,
/// and the worker lives on; or it throws, which is a crash: the worker stops and is replaced. Cancellation of the task
/// means that the worker is to stop; what has not been done by then is dealt again.
public protocol MessageHandler: Handler {
    /// Handles one message.
    func handle(_ message: Message, in context: HandlerContext) async throws -> Outcome
}

extension MessageHandler {
    /// One message at a time.
    public var demand: Demand { Demand() }

    /// A body that calls ``handle(_:in:)`` for each message.
    public func makeBody(of worker: WorkerHandle) -> any WorkerBody { MessageBody(self) }
}

/// A plain function as a handler.
public struct FunctionHandler: MessageHandler {
    private let body: @Sendable (Message, HandlerContext) async throws -> Outcome

    /// - Parameter body: handles one message; see ``MessageHandler``.
    public init(_ body: @escaping @Sendable (Message, HandlerContext) async throws -> Outcome) {
        self.body = body
    }

    /// Calls the function.
    public func handle(_ message: Message, in context: HandlerContext) async throws -> Outcome {
        try await body(message, context)
    }
}

/// What a handler may want to know beside the message.
public struct HandlerContext: Sendable {
    /// Which attempt this is, from 1.
    public var attempt: Int
    /// The name of the worker.
    public var worker: String
    /// What it came in; nil outside of a tree.
    package let hand: Hand?

    /// Makes the context of one attempt, for a handler that is called by hand.
    public init(attempt: Int, worker: String) {
        self.init(attempt: attempt, worker: worker, hand: nil)
    }

    package init(attempt: Int, worker: String, hand: Hand?) {
        self.attempt = attempt
        self.worker = worker
        self.hand = hand
    }

    /// The same as ``Hand/beginsHandover()``.
    @discardableResult
    public func beginsHandover() -> Bool { hand?.beginsHandover() ?? true }
}

/// What a handler throws that is not to hand over its result, because it took too long for it.
public struct HandoverTooLate: Error, Sendable, CustomStringConvertible {
    /// Makes one.
    public init() {}

    /// In words, for people.
    public var description: String { "it took longer than workers.timeout; its result is not handed over" }
}

/// Calls a function for one message after another.
final class MessageBody<Function: MessageHandler>: WorkerBody {
    private let handler: Function

    package init(_ handler: Function) {
        self.handler = handler
    }

    package func handle(_ hand: Hand) async throws {
        for index in hand.entries.indices {
            let context = HandlerContext(attempt: hand.entries[index].attempt, worker: hand.worker, hand: hand)
            let outcome = try await handler.handle(hand.entries[index].message, in: context)
            // Asked to stop, a handler may well report that as a failure; the message has no part in it.
            if outcome != .done, Task.isCancelled { return }
            hand.report(outcome, at: index)
        }
    }
}
