import Locking

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
