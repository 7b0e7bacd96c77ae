import Locking

/// Shows that a loop goes round: who asks is answered on the loop's next turn, whichever incarnation takes it.
package final class Pulse: Sendable {
    private struct State {
        var waiting: [CheckedContinuation<Void, Never>] = []
        var hasEnded = false
    }

    /// Wakes the loop.
    private let notify: Notify
    private let state = Locked(State())

    package init(_ notify: Notify) {
        self.notify = notify
    }

    /// The loop takes a turn.
    func beat() {
        for waiter in state.withLock({ $0.waiting.isEmpty ? [] : $0.waiting.takeAll() }) { waiter.resume() }
    }

    /// Asks for a turn and waits for it.
    package func next() async {
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                if !state.hasEnded { state.waiting.append(continuation) }
                return state.hasEnded
            }
            if hasEnded { continuation.resume() } else { notify.notify() }
        }
    }

    /// There will be no more turns; nobody is left waiting.
    package func end() {
        state.withLock { $0.hasEnded = true }
        beat()
    }
}

extension Array {
    /// Leaves it empty, and returns what was in it.
    fileprivate mutating func takeAll() -> Self {
        defer { self = [] }
        return self
    }
}
