import ControlClient

/// What was found when something is waited for.
enum Waiting<Value: Sendable>: Sendable {
    case over(Value)
    /// Not yet; what is missing is shown meanwhile.
    case still(String?)
}

extension VerbContext {
    /// Looks again and again until it is over, and shows meanwhile what is missing.
    ///
    /// - Parameters:
    ///   - pause: the time between two looks.
    ///   - limit: how long it is waited; as long as it takes, without it.
    ///   - look: is told whether the time is up.
    /// - Returns: nil if it was not over when the time was up, or the task was cancelled.
    func wait<Value: Sendable>(
        every pause: Duration, for limit: Duration? = nil,
        _ look: (_ isLate: Bool) async throws(ControlClientError) -> Waiting<Value>
    ) async throws(ControlClientError) -> Value? {
        let stopwatch = stopwatch()
        var isShown = false
        defer { if isShown { progress(nil) } }
        while true {
            let isLate = limit.map { stopwatch() >= $0 } ?? false
            switch try await look(isLate) {
            case .over(let value): return value
            case .still(let missing):
                if isLate { return nil }
                if let missing {
                    progress(missing)
                    isShown = true
                }
            }
            let left = limit.map { max($0 - stopwatch(), .milliseconds(1)) } ?? pause
            guard await sleep(min(pause, left)) else { return nil }
        }
    }

    /// The same, until the user has had enough (Ctrl-C).
    func waitUnlessInterrupted<Value: Sendable>(
        every pause: Duration, for limit: Duration? = nil,
        _ look: @escaping @Sendable (_ isLate: Bool) async throws(ControlClientError) -> Waiting<Value>
    ) async throws(ControlClientError) -> Value? {
        let end = try await untilInterrupted(console) { () async throws(ControlClientError) -> Value? in
            try await wait(every: pause, for: limit, look)
        }
        return end ?? nil
    }

    /// A line on standard error that is written over: only on a terminal, where it does not pile up.
    ///
    /// - Parameter text: what it shows; nil: it is empty, for what is printed next.
    func progress(_ text: String?) {
        let line = text.map { text in style.columns.map { style.cut(text, to: $0 - 1) } ?? style.spelled(text) } ?? ""
        console.progress?("\r\u{1B}[K" + line)
    }
}

/// Runs `work` until it has ended or the user has had enough (Ctrl-C).
///
/// - Returns: nil when it was interrupted.
func untilInterrupted<Value: Sendable>(
    _ console: Console, _ work: @escaping @Sendable () async throws(ControlClientError) -> Value
) async throws(ControlClientError) -> Value? {
    typealias End = Result<Value, ControlClientError>
    let interruptions = console.interruptions()
    let end: End? = await withTaskGroup(of: End??.self) { group in
        group.addTask { .some(await Result(work)) }
        group.addTask {
            for await _ in interruptions { return .some(nil) }
            // Nobody listens: it ends with the work.
            return nil
        }
        defer { group.cancelAll() }
        for await case let end? in group { return end }
        return nil
    }
    return try end?.get()
}

extension Result where Success: Sendable, Failure == ControlClientError {
    /// What came of some work.
    init(_ work: () async throws(ControlClientError) -> Success) async {
        do throws(ControlClientError) {
            self = .success(try await work())
        } catch {
            self = .failure(error)
        }
    }
}
