import DequeModule
import Ledger
import Locking

/// Where a worker is handed what it is to do next.
final class WorkerMailbox: Sendable {
    /// What a worker finds there.
    enum Turn {
        case hand(Hand)
        /// Its body has ended by itself.
        case ended(any Error)
        /// The worker is to stop.
        case stop
    }

    private struct State {
        var hands: Deque<Hand> = []
        // Unsafe for the reason given at `Notify`: resumed exactly once, by whoever takes it from here.
        var waiter: UnsafeContinuation<Turn, Never>?
        var end: (any Error)?
        /// The body, if it takes hands while the worker waits here.
        var direct: (any DirectBody)?
        /// The number of the body that it is for, from 0.
        var life = 0
        var isClosed = false

        /// What there is, in the order in which it matters; nil: nothing.
        mutating func next() -> Turn? {
            if isClosed { return .stop }
            if let end { return .ended(end) }
            return hands.popFirst().map(Turn.hand)
        }
    }

    private let state = Locked(State())

    /// Hands over a hand. False: the worker has gone, its messages are still the caller's.
    func hand(_ hand: Hand) -> Bool {
        let (isTaken, waiter) = state.withLock { state -> (Bool, UnsafeContinuation<Turn, Never>?) in
            guard !state.isClosed, state.end == nil else { return (false, nil) }
            guard let waiter = state.waiter.take() else {
                state.hands.append(hand)
                return (true, nil)
            }
            return (true, waiter)
        }
        waiter?.resume(returning: .hand(hand))
        return isTaken
    }

    /// From now on a hand may go to this body while the worker waits here; nil: none may.
    func open(to body: (any DirectBody)?) { state.withLock { $0.direct = body } }

    /// Gives a hand to the body at once. False: it goes by the mailbox, since the worker does not wait here, or its body takes none so.
    ///
    /// - Parameter begin: whether it is to have it still.
    func giveDirectly(_ hand: Hand, if begin: () -> Bool) -> (any DirectBody)? {
        guard let body = state.withLock({ $0.waiter == nil ? nil : $0.direct }) else { return nil }
        // The worker is held where it waits until that is noted: who ends the body finds it in its hand.
        return body.take(hand, if: { state.withLock { $0.waiter != nil && begin() } }) ? body : nil
    }

    /// Whether there is something for the worker already.
    var hasMore: Bool { state.withLock { !$0.hands.isEmpty || $0.isClosed || $0.end != nil } }

    /// The number of the body that it is for.
    var life: Int { state.withLock(\.life) }

    /// Says that a body of the worker has ended by itself; one that it is no longer for is not heard.
    package func end(_ error: any Error, of life: Int) {
        let waiter = state.withLock { state -> UnsafeContinuation<Turn, Never>? in
            guard state.life == life, state.end == nil, !state.isClosed else { return nil }
            state.end = error
            return state.waiter.take()
        }
        waiter?.resume(returning: .ended(error))
    }

    /// The next hand, or why there is none. To be called by the worker only.
    func next() async -> Turn {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let turn = state.withLock { state -> Turn? in
                    if let turn = state.next() { return turn }
                    precondition(state.waiter == nil, "two tasks wait at one mailbox")
                    state.waiter = continuation
                    return nil
                }
                if let turn { continuation.resume(returning: turn) }
            }
        } onCancel: {
            close()
        }
    }

    /// Takes nothing more. What lies here is not taken up.
    package func close() {
        let waiter = state.withLock { state -> UnsafeContinuation<Turn, Never>? in
            state.isClosed = true
            // The body has a way to here, and would be kept for ever.
            (state.hands, state.direct) = ([], nil)
            return state.waiter.take()
        }
        waiter?.resume(returning: .stop)
    }

    /// Begins anew, for another body of the same worker. What lies here is not taken up.
    func clear() {
        state.withLock { state in
            state.hands = []
            (state.end, state.direct) = (nil, nil)
            state.life += 1
        }
    }
}
