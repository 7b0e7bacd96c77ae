import Locking

/// A value that is set once and that any number of tasks wait for, also with a bound.
final class Awaited<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiters: [UInt64: CheckedContinuation<Value?, Never>] = [:]
        var nextWaiter: UInt64 = 0
        /// Whose bound has passed before they came to wait.
        var late: Set<UInt64> = []
    }

    private let state = Locked(State())

    /// The value, if it is set.
    var current: Value? { state.withLock(\.value) }

    /// Sets it; only the first time counts.
    func resolve(_ value: Value) {
        let waiters = state.withLock { state -> [CheckedContinuation<Value?, Never>] in
            guard state.value == nil else { return [] }
            state.value = value
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: value) }
    }

    /// The value, when it is set; nil when `limit` has passed before that. Cancellation does not end the wait.
    func value(
        within limit: Duration?, sleep: @escaping @Sendable (Duration) async throws -> Void
    ) async -> Value? {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let alarm = limit.map { limit in
            Task {
                try await sleep(limit)
                giveUp(number)
            }
        }
        defer { alarm?.cancel() }
        return await withCheckedContinuation { continuation in
            let known = state.withLock { state -> Value?? in
                if let value = state.value { return .some(value) }
                if state.late.remove(number) != nil { return .some(nil) }
                state.waiters[number] = continuation
                return nil
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    private func giveUp(_ number: UInt64) {
        let waiter = state.withLock { state -> CheckedContinuation<Value?, Never>? in
            guard state.value == nil else { return nil }
            let waiter = state.waiters.removeValue(forKey: number)
            if waiter == nil { state.late.insert(number) }
            return waiter
        }
        waiter?.resume(returning: nil)
    }
}
