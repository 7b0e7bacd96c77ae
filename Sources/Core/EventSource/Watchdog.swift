import NIOConcurrencyHelpers

/// Calls `onExpiry` once when it has been armed for `limit` without a pause (rule C8).
///
/// Arming and disarming cost a lock, not a timer: one task sleeps as long as the watchdog lives, and looks at each
/// waking whether, and since when, it is armed.
final class Watchdog: Sendable {
    private struct State {
        var armedAt: Duration?
        var timer: Task<Void, Never>?
        var isCancelled = false
    }

    private let limit: Duration
    private let clock: any Clock<Duration>
    private let elapsed: @Sendable () -> Duration
    private let onExpiry: @Sendable () -> Void
    private let state = NIOLockedValueBox(State())

    init(limit: Duration, clock: any Clock<Duration>, onExpiry: @escaping @Sendable () -> Void) {
        self.limit = limit
        self.clock = clock
        self.elapsed = stopwatch(clock)
        self.onExpiry = onExpiry
    }

    /// Begins to count, from zero.
    func arm() {
        let now = elapsed()
        state.withLockedValue { state in
            guard !state.isCancelled else { return }
            state.armedAt = now
            // The task keeps the watchdog alive until it is cancelled, which its owner sees to.
            if state.timer == nil { state.timer = Task { await self.run() } }
        }
    }

    /// Stops counting.
    func disarm() {
        state.withLockedValue { $0.armedAt = nil }
    }

    /// Ends the watchdog. It will not call again.
    func cancel() {
        let timer = state.withLockedValue { state in
            state.isCancelled = true
            state.armedAt = nil
            return state.timer.take()
        }
        timer?.cancel()
    }

    private func run() async {
        var wait = limit
        while true {
            do { try await clock.sleep(for: wait) } catch { return }
            let remaining: Duration = state.withLockedValue { state in
                guard let armedAt = state.armedAt else { return limit }
                return limit - (elapsed() - armedAt)
            }
            guard remaining > .zero else { return onExpiry() }
            wait = remaining
        }
    }
}

/// Tells how long ago it was made.
func stopwatch(_ clock: some Clock<Duration>) -> @Sendable () -> Duration {
    let start = clock.now
    return { start.duration(to: clock.now) }
}
