import Logging
import Pipeline
public struct SQLiteStateStore: StateStore {
    public static func open(directory: String, logger: Logger) async throws -> SQLiteStateStore { SQLiteStateStore() }
    public func checkpoints() async throws -> [Checkpoint] { [] }
    public func commit(deadLetters: [DeadLetter], checkpoints: [Checkpoint]) async throws {}
    public func close() async throws {}
}
