import Flow
import Ledger

/// What is wrong with streams, by how they look at one moment. Pure.
///
/// A stream that is paused or finished has none, and one that its server has ended in good order is not down before its next try is due: a
/// feed that ends every thousand events is well, however long its server asks to wait.
struct StreamProblems {
    package typealias Problem = ApplicationStatus.Problem

    /// For so long none of those that should be open may be.
    static let patienceWithAll = Duration.seconds(10)

    package let streams: [StreamStatus]
    /// For how long a stream may be down, by its name.
    let patience: (String) -> Duration

    package var problems: [Problem] { allDown + streams.compactMap(problem) }

    private func problem(of stream: StreamStatus) -> Problem? {
        func found(_ kind: Problem.Kind, _ text: String) -> Problem {
            Problem(kind, of: stream.name, since: stream.sinceTime, text)
        }
        if stream.state == .failed {
            let how = stream.isMendable ? "cannot go on before this is mended" : "has ended for good"
            return found(.streamFailed, "\(how): \(stream.error ?? "")")
        }
        guard ![.paused, .finished, .standby].contains(stream.state), let overdue = stream.overdueFor else {
            return nil
        }
        if stream.isRefused { return found(.streamRefused, "is refused, \(stream.tries): \(stream.error ?? "")") }
        guard overdue > .zero, overdue >= patience(stream.name) else { return nil }
        return found(.streamDown, stream.downtime)
    }

    private var allDown: [Problem] {
        // A refusal is told by itself.
        let due = streams.filter { ![.paused, .failed, .finished, .standby].contains($0.state) }
        guard let last = due.min(by: { $0.overdueFor ?? .zero < $1.overdueFor ?? .zero }),
            let overdue = last.overdueFor, overdue >= Self.patienceWithAll
        else { return [] }
        let who = due.count == 1 ? "the only stream that should be open is not" : "none of \(due.count) streams is open"
        return [
            Problem(.allStreamsDown, of: "streams", since: last.sinceTime, "\(who); \(last.name) is \(last.downtime)")
        ]
    }
}

extension StreamStatus {
    /// Such as `down 1m10s, try 6, next in 12 s: connection refused`.
    var downtime: String {
        "down \((downFor ?? .zero).inWords), \(tries)" + (error.map { ": \($0)" } ?? "")
    }

    /// Such as `try 6, next in 12 s`.
    var tries: String {
        let next = nextAttemptIn.map { "next in \($0.inWords)" } ?? "connecting"
        return attempts > 0 ? "try \(attempts), \(next)" : next
    }
}
