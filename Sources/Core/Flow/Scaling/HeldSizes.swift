/// For how long each direct supervisor is still kept when it is not needed.
///
/// Who is never needed again has then cost a part of what was paid for it while it was needed, whatever the load does: a short
/// peak is forgotten soon, and what was needed for minutes is kept for a minute.
struct HeldSizes: Sendable {
    /// Of the first direct supervisor, the second, and so on; it never rises, as who needs one needs all that are before it.
    private var rest: [Duration] = []

    /// How many are kept.
    var size: Int { rest.count }

    /// How much longer so many are kept.
    func rest(of size: Int) -> Duration { rest.indices.contains(size - 1) ? rest[size - 1] : .zero }

    /// Keeps so many, for so long.
    mutating func hold(_ size: Int, for time: Duration) {
        guard time > .zero else { return }
        for index in 0..<min(size, rest.count) where rest[index] < time { rest[index] = time }
        if size > rest.count { rest += Array(repeating: time, count: size - rest.count) }
    }

    /// Time has passed in which so many were needed.
    mutating func pass(_ time: Duration, needing size: Int) {
        for index in rest.indices.dropFirst(max(0, size)) { rest[index] -= time }
        while let last = rest.last, last <= .zero { rest.removeLast() }
    }

    /// So many were needed for a time: that is added, up to a limit.
    mutating func earn(_ size: Int, _ time: Duration, limit: Duration) {
        guard limit > .zero, time > .zero else { return }
        for index in 0..<min(size, rest.count) { rest[index] = min(limit, rest[index] + time) }
        if size > rest.count { rest += Array(repeating: min(limit, time), count: size - rest.count) }
    }
}
