import Supervision

// What an operator does to the size of the pool.
extension Application {
    /// Sets the number of direct supervisors by hand, or (nil) lets it follow the load again.
    ///
    /// A step that this takes is a decision like those of the autoscaler, and stands among them with who took it: at the next tick the
    /// size is what was asked for, and there would be nothing left to explain.
    ///
    /// - Parameter who: asked for it, in words; nil: nobody that has a name.
    /// - Returns: what it was before.
    /// - Throws: ``ScaleOutOfBounds`` for a size that the configuration does not allow.
    @discardableResult
    public func scale(to size: Int?, by who: String? = nil) throws(ScaleOutOfBounds) -> Int? {
        var before: Int?
        if case .pinned(let size) = flow.mode { before = size }
        guard let size else {
            flow.setMode(.automatic)
            if before != nil { observation.events.append(.pinned(nil, before: before, by: who)) }
            return before
        }
        guard (settings.scaling.min...settings.scaling.max).contains(size) else {
            throw ScaleOutOfBounds(size: size, min: settings.scaling.min, max: settings.scaling.max)
        }
        flow.setMode(.pinned(size), by: who)
        if size != before { observation.events.append(.pinned(size, before: before, by: who)) }
        let from = pool.resize(to: size)
        guard from != size else { return before }
        let (inFlight, last) = (ledger.snapshot.inFlight, flow.summary.lastDecision)
        manager.note(
            ScalingDecision(
                from: from, to: size, raw: last?.raw ?? from, reason: .pinned, mean: last?.mean ?? Double(inFlight),
                inFlight: inFlight, automatic: last?.unpinned, by: who))
        return before
    }
}

/// A size of the pool was asked for that the configuration does not allow.
public struct ScaleOutOfBounds: Error, Sendable, Hashable, CustomStringConvertible {
    /// The number of direct supervisors that was asked for.
    public var size: Int
    /// The least that the settings allow.
    public var min: Int
    /// The most that the settings allow.
    public var max: Int

    /// In words, for people, with the settings that set the bounds.
    public var description: String {
        "\(size) direct supervisors are outside of scaling.min = \(min) to scaling.max = \(max)"
    }
}
