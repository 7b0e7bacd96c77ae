import ControlAPI
import ControlClient

/// Runs `work` until it has ended or the user has had enough (Ctrl-C).
///
/// - Returns: nil when it was interrupted.
func untilInterrupted<Value: Sendable>(
    _ console: Console, _ work: @escaping @Sendable () async throws(ControlClientError) -> Value
) async throws(ControlClientError) -> Value? {
    let interruptions = console.interruptions()
    let result: Result<Value, ControlClientError>? = await withTaskGroup(of: RaceEnd<Value>.self) { group in
        group.addTask {
            do throws(ControlClientError) {
                return .worked(.success(try await work()))
            } catch {
                return .worked(.failure(error))
            }
        }
        group.addTask {
            for await _ in interruptions { return .interrupted }
            return .nobodyListens
        }
        defer { group.cancelAll() }
        for await end in group {
            switch end {
            case .worked(let result): return result
            case .interrupted: return nil
            case .nobodyListens: continue
            }
        }
        return nil
    }
    return try result?.get()
}

/// Who was first.
private enum RaceEnd<Value: Sendable>: Sendable {
    case worked(Result<Value, ControlClientError>)
    case interrupted
    case nobodyListens
}
