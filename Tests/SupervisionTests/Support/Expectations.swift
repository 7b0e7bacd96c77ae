import Supervision
import Testing

/// Expects that `operation` throws `expected`; errors are compared by what they say.
func expect<Answer>(
    failing expected: SupervisorError, sourceLocation: SourceLocation = #_sourceLocation,
    _ operation: () async throws -> Answer
) async {
    await #expect(sourceLocation: sourceLocation) {
        _ = try await operation()
    } throws: { error in
        (error as? SupervisorError).map { "\($0)" == "\(expected)" } ?? false
    }
}
