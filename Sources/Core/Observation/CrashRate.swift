/// How many crashes there were in the last minute, counted by the second.
struct CrashRate: Sendable {
    static let window = 60

    private var counts = Array(repeating: 0, count: window)
    private var second = 0

    package mutating func record(at now: Duration) {
        advance(to: now)
        counts[second % Self.window] += 1
    }

    /// The crashes of this second and the 59 before it.
    mutating func lastMinute(at now: Duration) -> Int {
        advance(to: now)
        return counts.reduce(0, +)
    }

    private mutating func advance(to now: Duration) {
        let present = Int(now.components.seconds)
        guard present > second else { return }
        for passed in (second + 1)...min(present, second + Self.window) { counts[passed % Self.window] = 0 }
        second = present
    }
}
