public import Pipeline

/// A store that keeps nothing: the disk is not what is measured.
public struct ForgetfulStore: StateStore {
    /// Makes one.
    public init() {}

    /// There are none.
    public func checkpoints() async throws -> [Checkpoint] { [] }

    /// Forgets them.
    public func commit(_ commit: StateCommit) async throws {}
}
