import ControlAPI

/// Which other nodes there are, as far as they have answered. A value without a clock.
struct Roster: Sendable {
    private struct Known {
        var node: String
        var lastHeard: ContinuousClock.Instant
    }

    /// So many are remembered.
    static let most = 512
    /// After so long one is forgotten that answers no more: it was taken away.
    static let longest = Duration.seconds(3600)

    /// By their ids.
    private var known: [String: Known] = [:]

    var count: Int { known.count }

    /// One has answered.
    mutating func heard(_ node: String, id: String, at now: ContinuousClock.Instant) {
        known[id] = Known(node: node, lastHeard: now)
        guard known.count > Self.most else { return }
        if let oldest = known.min(by: { $0.value.lastHeard < $1.value.lastHeard }) { known[oldest.key] = nil }
    }

    /// Who has answered before, or holds a stream, and is not among those who answered now.
    ///
    /// - Parameters:
    ///   - answered: the names of those by their ids.
    ///   - holders: the streams that others hold, by the holders' names.
    mutating func silent(
        beside answered: [String: String], holders: [String: [String]], at now: ContinuousClock.Instant
    ) -> [SilentNode] {
        known = known.filter { $0.value.lastHeard + Self.longest > now }
        let names = Set(answered.values)
        // One that came back with another state directory is the same to people.
        let missing = known.filter { answered[$0.key] == nil && !names.contains($0.value.node) }.map(\.value)
        var lastHeard = Dictionary(missing.map { ($0.node, $0.lastHeard as ContinuousClock.Instant?) }) {
            max($0 ?? now, $1 ?? now)
        }
        for holder in holders.keys where !names.contains(holder) && lastHeard[holder] == nil {
            lastHeard[holder] = .some(nil)
        }
        return lastHeard.sorted { $0.key < $1.key }.map { node, heard in
            SilentNode(
                node: node, lastHeardSeconds: heard.map { max($0.duration(to: now), .zero) / .seconds(1) },
                holds: (holders[node] ?? []).sorted())
        }
    }
}
