public import Writing

/// Does something again and again, from a thread of its own that nothing else can hold up.
public final class Heartbeat: Sendable {
    private let interval: Duration
    private let action: @Sendable () -> Void
    private let parker = ThreadParker()

    /// Creates a heartbeat that has not begun.
    ///
    /// - Parameters:
    ///   - interval: the time between two beats.
    ///   - action: the beat. It must not block.
    public init(every interval: Duration, _ action: @escaping @Sendable () -> Void) {
        self.interval = interval
        self.action = action
    }

    /// Starts the thread. The first beat is at once.
    ///
    /// - Throws: ``WriterError/threadUnavailable(errno:)``.
    public func start() throws(WriterError) {
        try OSThread.start(name: "heartbeat") { [self] in
            repeat { action() } while parker.park(for: interval)
        }
    }

    /// Ends the thread, without waiting for it.
    public func stop() { parker.end() }
}
