/// Tells how many events of a stream are due, given the time; it has no clock of its own.
///
/// What is due is the integral of the rate, so late and irregular ticks lose nothing. It is bounded: however long
/// nobody took an event, the burst afterwards is at most one second's worth.
struct Pacer: Sendable {
    private let profile: RateProfile
    /// The time up to which events have been counted; nil while the pacer is stopped.
    private var countedUntil: Double?
    private var owed = 0.0

    init(profile: RateProfile) {
        self.profile = profile
    }

    /// How many events may be sent now.
    // The sum of many small integrals may fall a hair short of the whole number it stands for.
    var due: Int { Int(owed + 1e-6) }

    /// Counts what has become due. The first call after a stop only starts the clock.
    ///
    /// - Parameter time: in seconds since the feed began; never less than in the call before.
    mutating func advance(to time: Double) {
        if let countedUntil {
            let oneSecond = max(1, profile.rate(at: time))
            owed = min(owed + profile.integral(from: countedUntil, to: time), oneSecond)
        }
        countedUntil = time
    }

    /// Takes events off what is due, for they are being sent.
    mutating func spend(_ events: Int) {
        owed -= Double(events)
    }

    /// Nobody listens: no time passes until the next ``advance(to:)``, and nothing stays due.
    mutating func stop() {
        countedUntil = nil
        owed = max(0, owed - Double(due))
    }
}
