import Locking

/// Since when each problem is there: since the first of an unbroken row of looks that have found it, unless it says so itself.
final class ProblemTimes: Sendable {
    private struct Key: Hashable {
        let kind: ApplicationStatus.Problem.Kind
        let subject: String

        init(_ problem: ApplicationStatus.Problem) {
            (kind, subject) = (problem.kind, problem.subject)
        }
    }

    private let known = Locked<[Key: Int64]>([:])
    private let wallClock: @Sendable () -> Int64

    /// - Parameter wallClock: microseconds since 1970.
    package init(wallClock: @escaping @Sendable () -> Int64) {
        self.wallClock = wallClock
    }

    /// The problems, each with its time; the worst kinds first.
    package func shown(_ problems: [ApplicationStatus.Problem]) -> [ApplicationStatus.Problem] {
        let now = wallClock()
        return known.withLock { known in
            let before = known
            known.removeAll(keepingCapacity: true)
            let timed = problems.map { problem in
                var problem = problem
                let since = problem.since ?? before[Key(problem)] ?? now
                known[Key(problem)] = since
                problem.since = since
                return problem
            }
            return ApplicationStatus.Problem.Kind.allCases.flatMap { kind in timed.filter { $0.kind == kind } }
        }
    }
}
