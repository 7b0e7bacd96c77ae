/// How long a supervisor waits before it starts a child again. OTP has no such thing; off unless asked for.
///
/// The wait doubles with each restart of the same child, from `initial` up to `maximum`, and halves again for each
/// `decay` that the child then lives. The time is the clock's: a nanosecond before the end of a `decay` nothing has
/// halved.
///
/// While it waits, the child is `restarting`, and the others that restart with it are stopped. A restart that is
/// delayed counts towards the restart intensity once, when it is decided on.
public struct RestartBackoff: Sendable, Hashable {
    /// The wait before the first restart; more than zero.
    public var initial: Duration
    /// The longest wait; not less than the first.
    public var maximum: Duration
    /// How long a child must live for the wait to halve; more than zero.
    public var decay: Duration
    /// Which part of the wait is left to chance, from 0 (none) to 1: the wait is between `(1 − jitter)` of it and all
    /// of it.
    public var jitter: Double

    /// Default: from 100 ms to 30 s, halved for each 30 s of life, half of it random.
    public init(
        initial: Duration = .milliseconds(100), maximum: Duration = .seconds(30), decay: Duration = .seconds(30),
        jitter: Double = 0.5
    ) {
        self.initial = initial
        self.maximum = maximum
        self.decay = decay
        self.jitter = jitter
    }

    /// The wait without jitter after so many doublings.
    func delay(doublings: Int) -> Duration {
        var delay = initial
        for _ in 0..<doublings {
            if delay > maximum / 2 { return maximum }
            delay = delay * 2
        }
        return min(delay, maximum)
    }
}

/// How far the backoff of one child has gone. A value without a clock: the time and the chance are given.
struct BackoffState: Sendable, Hashable {
    private var doublings = 0
    /// When the child was last started again, or is going to be: it lives from there.
    private var restart: Duration?

    /// The wait before a restart that is decided on at `now`.
    ///
    /// - Parameter chance: from 0 up to 1.
    mutating func next(_ backoff: RestartBackoff, at now: Duration, chance: Double) -> Duration {
        var life = restart.map { now - $0 } ?? .zero
        while doublings > 0, life >= backoff.decay {
            doublings -= 1
            life -= backoff.decay
        }
        let full = backoff.delay(doublings: doublings)
        // No further than to the maximum: otherwise it would take as long to come down as it crashed.
        if full < backoff.maximum { doublings += 1 }
        let delay = full - full * (backoff.jitter * min(max(chance, 0), 1))
        restart = now + delay
        return delay
    }
}
