import CLocking

/// Ends sleeps, at once those that are over about the same time: a sleep becomes longer by about one part in 32 at most, or
/// by 0.25 ms. So a thousand sleeps of a third of a second cost a hundred wake-ups of a thread a second, and not a thousand.
///
/// It counts the time in which the machine runs. It has one thread, which does nothing else.
public final class SharedAlarm: Sendable {
    /// The one of this process.
    public static let shared = SharedAlarm()

    /// Only touched under the lock, which is what makes it safe to share.
    fileprivate final class Sleeper: Sleeping, @unchecked Sendable {
        /// Told whether the time has come.
        enum Waker {
            case task(UnsafeContinuation<Bool, Never>)
            case call(@Sendable () -> Void)

            func wake(_ isOver: Bool) {
                switch self {
                case .task(let continuation): continuation.resume(returning: isOver)
                case .call(let action): if isOver { action() }
                }
            }
        }

        var waker: Waker?
        var isCancelled = false

        var hasGone: Bool { waker == nil }
    }

    /// A call that is to come; see ``call(after:_:)``.
    public struct Call: Sendable {
        fileprivate let alarm: SharedAlarm
        fileprivate let sleeper: Sleeper

        /// Takes it back, unless it has come.
        public func cancel() { alarm.cancel(sleeper) }
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
                if !add(sleeper, .task(continuation), for: duration) { continuation.resume(returning: false) }
            }
        } onCancel: {
            cancel(sleeper)
        }
        if !isOver { throw CancellationError() }
    }

    /// Calls `action` after a time, from the alarm's thread: it must do no more than to wake somebody.
    public func call(after duration: Duration, _ action: @escaping @Sendable () -> Void) -> Call {
        let sleeper = Sleeper()
        if isRunning { _ = add(sleeper, .call(action), for: max(duration, .zero)) } else { action() }
        return Call(alarm: self, sleeper: sleeper)
    }

    /// False: the sleeper has been told not to sleep.
    private func add(_ sleeper: Sleeper, _ waker: Sleeper.Waker, for duration: Duration) -> Bool {
        let (isAdded, wakes) = state.withLock { state in
            guard !sleeper.isCancelled else { return (false, false) }
            sleeper.waker = waker
            let latest = state.queue.add(sleeper, for: duration.span, at: ptr_monotonic_time())
            // For a little more than that nobody is woken.
            guard latest + min(TimerQueue<Sleeper>.slack(of: duration.span), 1_000_000) < state.wakesAt else {
                return (true, false)
            }
            state.wakesAt = latest
            return (true, true)
        }
        if wakes { ptr_parker_wake(parker) }
        return isAdded
    }

    private func cancel(_ sleeper: Sleeper) {
        let waker = state.withLock { state -> Sleeper.Waker? in
            sleeper.isCancelled = true
            guard let waker = sleeper.waker.take() else { return nil }
            state.queue.noteGone()
            return waker
        }
        waker?.wake(false)
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
        var due: [Sleeper.Waker] = []
        while true {
            let wait = state.withLock { state -> UInt64 in
                let now = ptr_monotonic_time()
                // Who is woken to set an earlier alarm wakes nobody before his time.
                while state.wakesAt <= now, let sleeper = state.queue.popDue(at: now) {
                    if let waker = sleeper.waker.take() { due.append(waker) }
                }
                state.wakesAt = state.queue.next ?? .max
                // Who was woken soon sleeps again, mostly: for that the thread need not be woken.
                if !due.isEmpty { state.wakesAt = min(state.wakesAt, now + Self.lull) }
                return state.wakesAt > now ? state.wakesAt - now : 0
            }
            // Not under the lock: whom it wakes may sleep again at once.
            for waker in due { waker.wake(true) }
            due.removeAll(keepingCapacity: true)
            ptr_parker_wait(parker, wait)
        }
    }

    /// So long the thread sleeps at most after it has woken somebody: a quarter of a second, in nanoseconds.
    private static let lull: UInt64 = 250_000_000
}

extension Duration {
    /// Of a positive one, in nanoseconds; at most some hundred years.
    fileprivate var span: UInt64 {
        let (seconds, attoseconds) = components
        return seconds < 1 << 33 ? UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000) : .max
    }
}
