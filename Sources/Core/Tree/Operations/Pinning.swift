import Flow
import Supervision

/// What an operator does to the size of the pool.
package struct Pinning: Sendable {
    private let topology: Topology
    private var kernel: ErrorKernel { topology.kernel }

    package init(_ topology: Topology) {
        self.topology = topology
    }

    /// Sets the number of direct supervisors by hand, or (nil) lets it follow the load again. Returns what it was before.
    ///
    /// A step that this takes is a decision like those of the autoscaler, and stands among them with who took it: at the next tick the
    /// size is what was asked for, and there would be nothing left to explain.
    package func scale(to size: Int?, by who: String?) throws(ScaleOutOfBounds) -> Int? {
        let (flow, policy) = (kernel.flow, kernel.live.current.settings.scaling)
        var before: Int?
        if case .pinned(let size) = flow.mode { before = size }
        guard let size else {
            flow.setMode(.automatic)
            if before != nil { topology.observer.note(.pinned(nil, before: before, by: who)) }
            return before
        }
        guard (policy.min...policy.max).contains(size) else {
            throw ScaleOutOfBounds(size: size, min: policy.min, max: policy.max)
        }
        flow.setMode(.pinned(size), by: who)
        if size != before { topology.observer.note(.pinned(size, before: before, by: who)) }
        let from = kernel.pool.resize(to: size)
        guard from != size else { return before }
        let (inFlight, last) = (kernel.ledger.snapshot.inFlight, flow.summary.lastDecision)
        topology.manager.note(
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
