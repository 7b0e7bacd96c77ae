/// What the watchdog's thread knows from one round to the next, and what it concludes: a value without a clock, a thread or a
/// socket.
///
/// | the round came | late beats | then |
/// |---|---|---|
/// | in time | none | ping |
/// | in time | some | no ping, and they are named |
/// | too late itself | none | ping |
/// | too late itself, the one before did not | some | ping: whoever froze the watchdog (a suspended machine, a stopped process) froze them, too |
/// | too late itself, and so did the one before | some | no ping, and they are named |
struct WatchdogRound {
    enum Conclusion: Equatable {
        /// systemd is told that the service lives. What was late before and is not any more is named.
        case alive(again: [String] = [])
        /// It is told so although something is late, since the watchdog itself was.
        case forgiven([LateBeat], after: Duration)
        /// It is not told. `isNews`: they are not the ones of the last round.
        case late([LateBeat], isNews: Bool)
    }

    /// The time from one round to the next, in which a beat has to come.
    let period: Duration
    private var last: Duration?
    private var hasForgiven = false
    private var lateBefore: [String] = []

    init(period: Duration) {
        self.period = period
    }

    /// Concludes.
    ///
    /// - Parameters:
    ///   - now: any clock's time that also counts what the machine has slept.
    ///   - beats: how long each part, with its station, has been silent; nil: it is not.
    mutating func conclude(
        at now: Duration, _ beats: [(name: String, station: String?, silence: Duration?)]
    )
        -> Conclusion
    {
        let interval = last.map { now - $0 } ?? .zero
        let isLateItself = interval > period * 3 / 2
        last = now
        // A little less than a period: threads do not wake to the microsecond.
        let late = beats.compactMap { beat -> LateBeat? in
            guard let silence = beat.silence, silence >= period * 9 / 10 else { return nil }
            return LateBeat(name: beat.name, station: beat.station, silence: silence)
        }
        let forgives = isLateItself && !hasForgiven
        hasForgiven = isLateItself
        guard !late.isEmpty else {
            defer { lateBefore = [] }
            return .alive(again: lateBefore)
        }
        if forgives { return .forgiven(late, after: interval) }
        defer { lateBefore = late.map(\.name) }
        return .late(late, isNews: late.map(\.name) != lateBefore)
    }
}
