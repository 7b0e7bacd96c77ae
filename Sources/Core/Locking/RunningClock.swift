import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A clock that counts only the time in which the process could run. What sleeps by it, or measures a timeout by it, does
/// not pay for a machine that slept or a process that was stopped.
///
/// Somebody has to look at it, or call ``beat()``, four times a second, from a thread that nothing of the program can hold
/// up: what nobody sees pass for more than a second is no time. Whoever looks first after such a gap finds it, so nobody
/// ever reads a time in which it stands; readings never go back.
public final class RunningClock: Clock, Sendable {
    /// A point in the clock's time.
    public struct Instant: InstantProtocol, Sendable {
        /// How long after the clock's zero it is.
        public var offset: Duration

        /// The instant that much later.
        public func advanced(by duration: Duration) -> Self { Self(offset: offset + duration) }
        /// The time from here to the other; negative when that one is earlier.
        public func duration(to other: Self) -> Duration { other.offset - offset }
        /// Earlier before later.
        public static func < (left: Self, right: Self) -> Bool { left.offset < right.offset }
    }

    /// How often somebody has to look, at least.
    public static let beatInterval = Duration.nanoseconds(RunningTime.period)

    /// Nanoseconds since the clock's zero, of a clock that never stands still.
    private let source: @Sendable () -> Int64
    /// Whether who sleeps by it sleeps by the ``SharedAlarm``.
    private let isShared: Bool
    private let sleepOnSource: @Sendable (Duration) async throws -> Void
    private let time = Locked(RunningTime())
    // Copies of what is behind the lock, for who only looks. `missed` is set before `seen`: who finds the new `seen` finds
    // the new `missed` as well.
    private let seenTime = Atomic<Int64>(0)
    private let missedTime = Atomic<Int64>(0)

    /// Makes a clock that is at zero now, and counts by the machine's time, its sleep included. Who sleeps by it sleeps by the
    /// ``SharedAlarm``.
    public convenience init() {
        let start = Self.machineTime()
        self.init(
            isShared: true, source: { Self.machineTime() - start },
            sleep: { try await SharedAlarm.shared.sleep(for: $0) })
    }

    /// Makes a clock that is at zero now, and counts by another clock, which never stands still.
    public convenience init(over clock: some Clock<Duration>) {
        let start = clock.now
        self.init(
            isShared: false, source: { start.duration(to: clock.now).nanoseconds },
            sleep: { try await clock.sleep(until: clock.now.advanced(by: $0), tolerance: nil) })
    }

    private init(
        isShared: Bool, source: @escaping @Sendable () -> Int64,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.isShared = isShared
        self.source = source
        sleepOnSource = sleep
    }

    /// The time in which the process ran since the clock was made.
    public var now: Instant {
        while true {
            let missed = missedTime.load(ordering: .acquiring)
            let now = source()
            guard now - seenTime.load(ordering: .acquiring) <= RunningTime.period else { return note() }
            // Somebody may have found a gap meanwhile: then the two figures do not belong together.
            if missedTime.load(ordering: .acquiring) == missed { return Instant(offset: .nanoseconds(now - missed)) }
        }
    }

    /// How much time the process has missed since the clock was made: with ``now``, the time that has passed in the world.
    public var missed: Duration { .nanoseconds(missedTime.load(ordering: .acquiring)) }

    /// A nanosecond.
    public var minimumResolution: Duration { .nanoseconds(1) }

    /// Shows that the process runs.
    public func beat() { _ = note() }

    /// Sleeps until the process has run that long; the tolerance is not used. Throws `CancellationError` when the task is
    /// cancelled.
    public func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        var left = now.duration(to: deadline)
        repeat {
            try await sleepOnSource(max(left, .zero))
            // What was missed meanwhile is still to be slept.
            left = now.duration(to: deadline)
        } while left > .zero
    }

    /// Calls `action` at a time, or earlier by what the process has missed until then; from a thread that must be left at once. Nil:
    /// the clock goes by another one, and knows no such thread.
    public func call(at deadline: Instant, _ action: @escaping @Sendable () -> Void) -> SharedAlarm.Call? {
        isShared ? SharedAlarm.shared.call(after: now.duration(to: deadline), action) : nil
    }

    private func note() -> Instant {
        time.withLock { time in
            let now = source()
            if time.note(now) { missedTime.store(time.missed, ordering: .releasing) }
            seenTime.store(time.seen, ordering: .releasing)
            return Instant(offset: .nanoseconds(now - time.missed))
        }
    }

    private static func machineTime() -> Int64 {
        var time = timespec()
        #if os(Linux)
        clock_gettime(CLOCK_BOOTTIME, &time)
        #else
        clock_gettime(CLOCK_MONOTONIC, &time)
        #endif
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// Tells the time in which a process ran from the time in which it could not: a machine asleep, a stopped process, a frozen
/// control group. A value without a clock: whoever looks at one notes what it showed.
///
/// It is to be told the time at least once a ``period`` while the process runs. So a gap that is longer than the ``limit``
/// is no time in which anybody ran, and counts as one period, however long it was. On a machine that is merely busy the gaps
/// are shorter; and one that is not still counts its period each time, so that time never stands still for good.
struct RunningTime: Sendable {
    /// What a gap counts at most, in nanoseconds.
    static let period: Int64 = 250_000_000
    /// A longer gap than this, in nanoseconds, is missed time.
    static let limit: Int64 = 1_000_000_000

    /// When the process was last seen to run.
    private(set) var seen: Int64 = 0
    /// How much time was missed, in all.
    private(set) var missed: Int64 = 0

    /// Notes that the process runs at this time of a clock that never stands still. True: it had not run before that.
    mutating func note(_ now: Int64) -> Bool {
        let gap = now - seen
        guard gap > 0 else { return false }
        seen = now
        guard gap > Self.limit else { return false }
        missed += gap - Self.period
        return true
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
