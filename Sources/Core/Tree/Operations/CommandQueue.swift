import Locking
public import Supervision

/// Lets changes happen one after another. What has begun goes on to its end, whatever becomes of the one
/// who asked: half a change is none that anybody asked for.
public final class CommandQueue: Sendable {
    private let runtime: SupervisionRuntime
    private let last = Locked<Task<Void, Never>?>(nil)

    /// - Parameter runtime: the executor that they happen on.
    public init(_ runtime: SupervisionRuntime) {
        self.runtime = runtime
    }

    /// Performs it when those that asked before have had their turn.
    public func perform<Answer: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () async throws(Failure) -> Answer
    ) async throws(Failure) -> Answer {
        let answer = Locked<Result<Answer, Failure>?>(nil)
        let turn = last.withLock { last in
            let turn = runtime.spawn { [last] in
                await last?.value
                let value: Result<Answer, Failure>
                do throws(Failure) {
                    value = .success(try await body())
                } catch {
                    value = .failure(error)
                }
                answer.withLock { $0 = value }
            }
            last = turn
            return turn
        }
        await turn.value
        // The turn is over, so there is an answer.
        return try answer.withLock { $0! }.get()
    }
}
