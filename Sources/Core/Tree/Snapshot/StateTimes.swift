import Flow
import Ledger
import Locking

/// When, by the wall clock, the streams went into the states that they are in.
///
/// The tree's clock cannot be set, and says when that was. The time of day for it is worked out once, when it is first asked for: worked
/// out for each answer, it would be another one each time by some microseconds, and jump with the wall clock.
final class StateTimes: Sendable {
    private let known = Locked<[String: (since: Duration, time: Int64)]>([:])
    private let wallClock: @Sendable () -> Int64

    /// - Parameter wallClock: microseconds since 1970.
    package init(wallClock: @escaping @Sendable () -> Int64) {
        self.wallClock = wallClock
    }

    /// The streams, each with its time, and with what depends on the moment.
    package func shown(_ streams: [StreamStatus], at now: Duration) -> [StreamStatus] {
        let time = wallClock()
        return known.withLock { known in
            let before = known
            known.removeAll(keepingCapacity: true)
            return streams.map { stream in
                var state = (since: stream.since, time: time - (now - stream.since).inMicroseconds)
                if let last = before[stream.name], last.since == stream.since { state = last }
                known[stream.name] = state
                return stream.shown(at: now, since: state.time)
            }
        }
    }
}

extension Duration {
    fileprivate var inMicroseconds: Int64 { Int64(self / .microseconds(1)) }
}
