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
    public func perform<Answer: Sendable>(_ body: @escaping @Sendable () async -> Answer) async -> Answer {
        let answer = Locked<Answer?>(nil)
        let turn = last.withLock { last in
            let turn = runtime.spawn { [last] in
                await last?.value
                let value = await body()
                answer.withLock { $0 = value }
            }
            last = turn
            return turn
        }
        await turn.value
        // The turn is over, so there is an answer.
        return answer.withLock { $0! }
    }
}
