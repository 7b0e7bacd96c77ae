import CLocking

/// Ends sleeps, at once those that are over about the same time: a sleep becomes longer by at most one part in 32, or by
/// 0.25 ms. So a thousand sleeps of a third of a second cost a hundred wake-ups of a thread a second, and not a thousand.
///
/// It counts the time in which the machine runs. It has one thread, which does nothing else.
public final class SharedAlarm: Sendable {
    /// The one of this process.
    public static let shared = SharedAlarm()

    /// Only touched under the lock, which is what makes it safe to share.
    private final class Sleeper: Sleeping, @unchecked Sendable {
        var continuation: UnsafeContinuation<Bool, Never>?
        var isCancelled = false

        var hasGone: Bool { continuation == nil }
    }

    private struct State {
        var queue = TimerQueue<Sleeper>()
        /// Until when the thread waits.
        var wakesAt = UInt64.max
        var isRunning = false
    }

    private let state = Locked(State())
    /// The thread waits here. Of C, and made for all threads.
    private nonisolated(unsafe) let parker = ptr_parker_make()!

    init() {}

    /// Sleeps. Throws `CancellationError` when the task is cancelled.
    public func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        guard duration > .zero else { return await Task.yield() }
        guard isRunning else { return try await Task.sleep(for: duration) }
        let sleeper = Sleeper()
        let isOver = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let (isCancelled, wakes) = state.withLock { state in
                    guard !sleeper.isCancelled else { return (true, false) }
                    sleeper.continuation = continuation
                    let latest = state.queue.add(sleeper, for: duration.span, at: ptr_monotonic_time())
                    guard latest < state.wakesAt else { return (false, false) }
                    state.wakesAt = latest
                    return (false, true)
                }
                if isCancelled { continuation.resume(returning: false) }
                if wakes { ptr_parker_wake(parker) }
            }
        } onCancel: {
            let continuation = state.withLock { state -> UnsafeContinuation<Bool, Never>? in
                sleeper.isCancelled = true
                guard let continuation = sleeper.continuation.take() else { return nil }
                state.queue.noteGone()
                return continuation
            }
            continuation?.resume(returning: false)
        }
        if !isOver { throw CancellationError() }
    }

    /// Whether the thread runs; it is started when it is needed first.
    private var isRunning: Bool {
        state.withLock { state in
            if !state.isRunning {
                let context = Unmanaged.passRetained(self)
                let failure = ptr_start_thread(
                    "alarm", { Unmanaged<SharedAlarm>.fromOpaque($0!).takeUnretainedValue().live() },
                    context.toOpaque())
                state.isRunning = failure == 0
                if failure != 0 { context.release() }
            }
            return state.isRunning
        }
    }

    /// The thread. It goes on as long as the process does.
    private func live() -> Never {
        var due: [UnsafeContinuation<Bool, Never>] = []
        while true {
            let wait = state.withLock { state -> UInt64 in
                let now = ptr_monotonic_time()
                // Who is woken to set an earlier alarm wakes nobody before his time.
                while state.wakesAt <= now, let sleeper = state.queue.popDue(at: now) {
                    if let continuation = sleeper.continuation.take() { due.append(continuation) }
                }
                state.wakesAt = state.queue.next ?? .max
                return state.wakesAt > now ? state.wakesAt - now : 0
            }
            // Not under the lock: whom it wakes may sleep again at once.
            for continuation in due { continuation.resume(returning: true) }
            if due.isEmpty { ptr_parker_wait(parker, wait) }
            due.removeAll(keepingCapacity: true)
        }
    }
}

extension Duration {
    /// Of a positive one, in nanoseconds; at most some hundred years.
    fileprivate var span: UInt64 {
        let (seconds, attoseconds) = components
        return seconds < 1 << 33 ? UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000) : .max
    }
}
