import DequeModule
import Locking

/// A queue of messages that one task receives from: the mailbox of a process.
final class Mailbox<Message: Sendable>: Sendable {
    private struct State {
        var queue: Deque<Message> = []
        var waiter: CheckedContinuation<Message, Never>?
        var isClosed = false
    }

    private let state = Locked(State())

    /// Puts a message in. False: the mailbox is closed, nobody will read it.
    @discardableResult
    func send(_ message: Message) -> Bool {
        let (isOpen, waiter) = state.withLock { state -> (Bool, CheckedContinuation<Message, Never>?) in
            guard !state.isClosed else { return (false, nil) }
            if let waiter = state.waiter.take() { return (true, waiter) }
            state.queue.append(message)
            return (true, nil)
        }
        waiter?.resume(returning: message)
        return isOpen
    }

    /// The next message. Cancellation does not end the wait: a request to stop is a message too.
    func receive() async -> Message {
        await withCheckedContinuation { continuation in
            let message = state.withLock { state -> Message? in
                if let message = state.queue.popFirst() { return message }
                precondition(state.waiter == nil, "two tasks receive from one mailbox")
                state.waiter = continuation
                return nil
            }
            if let message { continuation.resume(returning: message) }
        }
    }

    /// Closes the mailbox and returns what nobody will read any more.
    func close() -> Deque<Message> {
        state.withLock { state in
            state.isClosed = true
            defer { state.queue = [] }
            return state.queue
        }
    }
}
