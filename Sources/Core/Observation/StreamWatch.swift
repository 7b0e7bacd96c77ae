import Flow
import Ledger
import Logging

/// What is worth an event about a stream.
struct StreamChange: Sendable, Hashable {
    package let stream: String
    let state: StreamStatus.State
    let error: String?
    /// Connections after the first.
    let reconnects: UInt64
    /// Whether one that has failed goes on by itself as soon as it is mended.
    var isMendable = false
    /// How many times the server has refused a position.
    var refusedPositions: UInt64 = 0
    /// Whether it has done so since the change before.
    var isRefusal = false
}

extension StreamChange: CustomStringConvertible {
    package var level: Logger.Level {
        if isRefusal { return .warning }
        return switch state {
        case .failed: .error
        case .waiting: .warning
        case .open, .paused, .connecting, .finished, .standby: .info
        }
    }

    package var description: String {
        let because = error.map { ": \($0)" } ?? ""
        if isRefusal {
            return "stream \(stream): the server refused its position; what was sent in between may be missed"
        }
        return switch state {
        case .open where reconnects > 0: "stream \(stream) is open again (reconnect \(reconnects))"
        case .open: "stream \(stream) is open"
        case .connecting: "stream \(stream) connects"
        case .waiting: "stream \(stream) is down\(because)"
        case .paused: "stream \(stream) is paused"
        case .failed where isMendable: "stream \(stream) cannot go on before this is mended\(because)"
        case .failed: "stream \(stream) has ended for good\(because)"
        case .finished: "stream \(stream) is finished"
        case .standby: "stream \(stream) stands by\(because)"
        }
    }

    package var fields: [String: String] {
        var fields = ["stream": stream, "state": state.rawValue, "reconnects": "\(reconnects)"]
        fields["error"] = error
        if isRefusal { fields["refused_positions"] = "\(refusedPositions)" }
        return fields
    }
}

/// Finds out what has changed about the streams since it looked last. An attempt to connect is no change: while a stream is
/// down, it stays so until it is open.
///
/// It looks at states and is not told of changes. One that was down and is open again between two looks is seen by its count
/// of reconnects.
struct StreamWatch {
    private var known: [String: StreamChange] = [:]

    mutating func changes(in streams: [StreamStatus]) -> [StreamChange] {
        var changes: [StreamChange] = []
        for stream in streams where stream.state != .connecting {
            let last = known[stream.name]
            let isRefusal = (last?.refusedPositions ?? 0) < stream.refusedPositions
            guard last?.state != stream.state || last?.reconnects != stream.reconnects || isRefusal else { continue }
            var change = StreamChange(
                stream: stream.name, state: stream.state, error: stream.error?.beginning(1024),
                reconnects: stream.reconnects)
            change.refusedPositions = stream.refusedPositions
            change.isRefusal = isRefusal
            change.isMendable = stream.isMendable
            known[stream.name] = change
            changes.append(change)
        }
        // One that is gone and comes back is new, also when as many came as went.
        let names = Set(streams.map(\.name))
        if known.keys.contains(where: { !names.contains($0) }) { known = known.filter { names.contains($0.key) } }
        return changes
    }
}
