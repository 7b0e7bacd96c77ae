import DequeModule
import Locking

/// What a supervisor is sent.
enum SupervisorMessage: Sendable {
    case stop
    case exited(ChildID, incarnation: UInt64, ExitReason)
    /// A child that was left to itself has ended.
    case abandonedEnded(ChildID, incarnation: UInt64)
    /// A child that is restarting is to be started.
    case retry(ChildID, number: UInt64)
    /// A child that was told to exit did not go in time.
    case exitOverdue(ChildID, incarnation: UInt64)
    /// What is asked from outside; of nil when the supervisor did not live to read it.
    case request(@Sendable (SupervisorLoop?) async -> Void)
}

/// A queue of messages that one task receives from: the mailbox of a process.
final class Mailbox: Sendable {
    private struct State {
        var queue: Deque<SupervisorMessage> = []
        var waiter: CheckedContinuation<SupervisorMessage, Never>?
        var isClosed = false
    }

    private let state = Locked(State())

    /// Puts a message in. False: the mailbox is closed, nobody will read it.
    @discardableResult
    func send(_ message: SupervisorMessage) -> Bool {
        let (isOpen, waiter) = state.withLock { state -> (Bool, CheckedContinuation<SupervisorMessage, Never>?) in
            guard !state.isClosed else { return (false, nil) }
            if let waiter = state.waiter.take() { return (true, waiter) }
            state.queue.append(message)
            return (true, nil)
        }
        waiter?.resume(returning: message)
        return isOpen
    }

    /// The next message. Cancellation does not end the wait: a request to stop is a message too.
    func receive() async -> SupervisorMessage {
        await withCheckedContinuation { continuation in
            let message = state.withLock { state -> SupervisorMessage? in
                if let message = state.queue.popFirst() { return message }
                precondition(state.waiter == nil, "two tasks receive from one mailbox")
                state.waiter = continuation
                return nil
            }
            if let message { continuation.resume(returning: message) }
        }
    }

    /// Closes the mailbox and returns what nobody will read any more.
    func close() -> Deque<SupervisorMessage> {
        state.withLock { state in
            state.isClosed = true
            defer { state.queue = [] }
            return state.queue
        }
    }
}

/// Whether the supervisor was asked to stop: it must notice also while it waits for a child to start.
final class StopRequest: Sendable {
    private struct State {
        var isRequested = false
        var starting: OneShot<StartOutcome>?
    }

    private let state = Locked(State())

    var isRequested: Bool { state.withLock(\.isRequested) }

    func request() {
        let starting = state.withLock { state in
            state.isRequested = true
            return state.starting.take()
        }
        starting?.resolve(.interrupted)
    }

    /// Waits for a start, but not longer than until the supervisor is asked to stop.
    func outcome(of start: OneShot<StartOutcome>) async -> StartOutcome {
        let isRequested = state.withLock { state in
            if !state.isRequested { state.starting = start }
            return state.isRequested
        }
        if isRequested { start.resolve(.interrupted) }
        let outcome = await start.value
        state.withLock { $0.starting = nil }
        return outcome
    }
}
