/// Lets others run, in a loop that waits for what nobody announces.
///
/// - Throws: `CancellationError` when the time limit of the test has run out: a wait must have an end.
public func nextTurn() async throws {
    try Task.checkCancellation()
    await Task.yield()
}
