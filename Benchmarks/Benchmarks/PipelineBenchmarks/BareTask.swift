/// A task of no tree, without supervisor, mailbox or books.
enum BareTask {
    /// Spawns one, and returns the microseconds until whoever waits for it knows that it runs.
    static func start() async -> Double {
        let clock = ContinuousClock()
        let begin = clock.now
        await withCheckedContinuation { continuation in
            _ = Task { continuation.resume() }
        }
        return (clock.now - begin) / .microseconds(1)
    }
}
