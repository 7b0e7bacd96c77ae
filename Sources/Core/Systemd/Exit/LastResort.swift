import Glibc
import Locking
public import Writing

/// Ends a process that is on its way out and does not get there: a thread of its own that needs nothing of what it waits for,
/// neither the cooperative pool nor a disk.
///
/// It does nothing until ``arm(within:)``. Whoever waits for something on the way out says so with ``begin(_:)``, so that it
/// can be told what the process was waiting for when its time was over.
public final class LastResort: Sendable {
    /// Something that is waited for.
    public struct Wait: Sendable {
        fileprivate let number: Int
    }

    private struct State {
        var deadline: Duration?
        var isExcused = false
        var waits: [(number: Int, name: String)] = []
        var last = 0
    }

    /// Who wakes so much too late was stopped himself, by the machine's sleep or a SIGSTOP, and everybody else with him.
    private static let oversleep = Duration.seconds(1)

    private let state = Locked(State())
    private let parker = ThreadParker()
    private let now: @Sendable () -> Duration

    /// Makes one that does nothing yet.
    ///
    /// - Parameter clock: what its limits count by.
    public convenience init(by clock: some Clock<Duration> = ContinuousClock()) {
        let start = clock.now
        self.init(now: { start.duration(to: clock.now) })
    }

    init(now: @escaping @Sendable () -> Duration) {
        self.now = now
    }

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - grace: what `end` may take. It runs on a thread of its own, since what it says of the process may need a lock that
    ///     somebody holds for ever.
    ///   - kill: ends the process without a word, when `end` has not done so in that time.
    ///   - end: called once, when the time is over, with the names of what is waited for. It is to end the process.
    /// - Throws: ``WriterError/threadUnavailable(errno:)``.
    public func start(
        grace: Duration = .seconds(2), kill: @escaping @Sendable () -> Void = { _exit(1) },
        end: @escaping @Sendable (_ waitsFor: [String]) -> Void
    ) throws(WriterError) {
        try OSThread.start(name: "last-resort") { [self] in
            let waitsFor = run()
            try? OSThread.start(name: "last-word") { end(waitsFor) }
            let last = now() + grace
            while last > now() { parker.park(for: last - now()) }
            kill()
        }
    }

    /// From now on the process has so much time to end by itself. Of several such limits the earliest holds.
    public func arm(within limit: Duration) {
        let deadline = now() + limit
        state.withLock { $0.deadline = min($0.deadline ?? deadline, deadline) }
        parker.unpark()
    }

    /// Takes note of what is waited for from now on, in words: `the tree`.
    public func begin(_ name: String) -> Wait {
        state.withLock { state in
            state.last += 1
            state.waits.append((state.last, name))
            return Wait(number: state.last)
        }
    }

    /// It is waited for no longer.
    public func finish(_ wait: Wait) {
        state.withLock { state in state.waits.removeAll { $0.number == wait.number } }
    }

    /// Sleeps until the time is over. Returns what is waited for.
    private func run() -> [String] {
        while true {
            let left = state.withLock(\.deadline).map { $0 - now() }
            if let left, left <= .zero {
                guard excuses(overslept: .zero - left) else { return state.withLock { $0.waits.map(\.name) } }
                continue
            }
            parker.park(for: left ?? .seconds(3600))
        }
    }

    /// Whether the process gets the time anew, once, because it did not run while it went by.
    func excuses(overslept: Duration) -> Bool {
        state.withLock { state in
            guard overslept > Self.oversleep, !state.isExcused else { return false }
            state.isExcused = true
            state.deadline = now() + .seconds(5)
            return true
        }
    }
}
