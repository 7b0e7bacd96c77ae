import Locking

/// Shows that a loop goes round: who asks is answered on the loop's next turn, whichever incarnation takes it.
package final class Pulse: Sendable {
    private struct State {
        var waiting: [OneShot<Bool>] = []
        var hasEnded = false
    }

    /// Wakes the loop.
    private let notify: Notify
    private let state = Locked(State())

    init(_ notify: Notify) {
        self.notify = notify
    }

    /// The loop takes a turn.
    func beat() {
        let waiting = state.withLock { state in
            defer { if !state.waiting.isEmpty { state.waiting = [] } }
            return state.waiting
        }
        for asked in waiting { asked.resolve(true) }
    }

    /// Asks for a turn and waits for it.
    package func next() async {
        let asked = OneShot<Bool>()
        let hasEnded = state.withLock { state in
            if !state.hasEnded { state.waiting.append(asked) }
            return state.hasEnded
        }
        guard !hasEnded else { return }
        notify.notify()
        _ = await asked.value
    }

    /// There will be no more turns; nobody is left waiting.
    package func end() {
        state.withLock { $0.hasEnded = true }
        beat()
    }
}
