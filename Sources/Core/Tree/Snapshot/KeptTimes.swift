import Flow
import Ledger
import Locking

/// When each of some things began, by the wall clock: worked out once, when it is first asked for, and kept for as long as it goes on.
///
/// The tree's clock cannot be set. Worked out for each answer, the time of day would be another one each time by some microseconds, and
/// jump with the wall clock.
final class KeptTimes<Subject: Hashable & Sendable>: Sendable {
    private let known = Locked<[Subject: Int64]>([:])
    private let wallClock: @Sendable () -> Int64

    /// - Parameter wallClock: microseconds since 1970.
    init(wallClock: @escaping @Sendable () -> Int64) {
        self.wallClock = wallClock
    }

    /// The time of each of those that there are; what is not among them is forgotten.
    ///
    /// - Parameters:
    ///   - given: by its place, of one that says itself when it began.
    ///   - first: of one that is new, by its place and the present time.
    func times(
        of subjects: [Subject], given: (_ place: Int) -> Int64? = { _ in nil },
        first: (_ place: Int, _ now: Int64) -> Int64
    ) -> [Int64] {
        let now = wallClock()
        return known.withLock { known in
            let times = subjects.enumerated().map { given($0) ?? known[$1] ?? first($0, now) }
            known = Dictionary(zip(subjects, times)) { first, _ in first }
            return times
        }
    }
}

/// A stream in the state that it is in.
struct StreamInState: Hashable {
    let name: String
    let since: Duration
}

extension KeptTimes<StreamInState> {
    /// The streams, each with its time, and with what depends on the moment.
    func shown(_ streams: [StreamStatus], at now: Duration) -> [StreamStatus] {
        let times = times(of: streams.map { StreamInState(name: $0.name, since: $0.since) }) { place, time in
            time - Int64((now - streams[place].since) / .microseconds(1))
        }
        return zip(streams, times).map { $0.shown(at: now, since: $1) }
    }
}

/// What is wrong with what.
struct ProblemSubject: Hashable {
    let kind: ApplicationStatus.Problem.Kind
    let name: String
}

extension KeptTimes<ProblemSubject> {
    /// The problems, each with its time, the worst kinds first: since the first of an unbroken row of looks that have found it, unless
    /// it says so itself.
    func shown(_ problems: [ApplicationStatus.Problem]) -> [ApplicationStatus.Problem] {
        let subjects = problems.map { ProblemSubject(kind: $0.kind, name: $0.subject) }
        let times = times(of: subjects, given: { problems[$0].since }, first: { $1 })
        var timed = problems
        for place in timed.indices { timed[place].since = times[place] }
        return ApplicationStatus.Problem.Kind.allCases.flatMap { kind in timed.filter { $0.kind == kind } }
    }
}
