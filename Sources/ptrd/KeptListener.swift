import Locking
import Logging
import Systemd

/// A listener that is made anew when it breaks. Meanwhile the tree works on, and is degraded by it.
final class KeptListener: Sendable {
    /// The pauses before it is made anew, doubled each time.
    private static let pauses = (first: Duration.seconds(1), longest: Duration.seconds(60))

    private struct State {
        /// What is wrong while it listens, such as a path that leads elsewhere.
        var complaint: String?
        /// Why it does not listen.
        var failure: String?
        var hasListened = false
    }

    private let name: String
    private let id: MessageID
    private let logger: Logger
    private let state = Locked(State())

    /// - Parameters:
    ///   - name: such as `the control API`.
    ///   - id: of the entry that says that it has broken.
    init(_ name: String, _ id: MessageID, logger: Logger) {
        self.name = name
        self.id = id
        self.logger = logger
    }

    /// What is wrong with it at present, in words.
    var trouble: String? { state.withLock { $0.failure ?? $0.complaint } }

    /// Says what is wrong with it while it listens; nil: nothing any more.
    func complain(_ complaint: String?) {
        let isNews = state.withLock { state in
            defer { state.complaint = complaint }
            return state.complaint != complaint
        }
        guard isNews else { return }
        if let complaint {
            logger.error("\(complaint)", metadata: id.metadata())
        } else {
            logger.notice("\(name) can be reached again")
        }
    }

    /// Keeps it until the task is cancelled.
    ///
    /// - Parameters:
    ///   - onFirst: called when it listens for the first time.
    ///   - pause: waits that long.
    ///   - serve: listens, says so, and returns when that has come to an end.
    /// - Throws: why it could not listen for the first time.
    func run(
        onFirst: @escaping @Sendable () async -> Void,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        serve: (_ onListening: @escaping @Sendable () async -> Void) async throws -> Void
    ) async throws {
        var wait = Self.pauses.first
        while !Task.isCancelled {
            var reason = "it was closed"
            do {
                try await serve { await self.listens(onFirst) }
            } catch {
                guard state.withLock(\.hasListened) else { throw error }
                reason = "\(error)"
            }
            if Task.isCancelled { return }
            guard state.withLock(\.hasListened) else { throw ListenerClosed(name: name) }
            let wasListening = state.withLock { state in
                defer { state.failure = "\(name) has broken off and is made anew: \(reason)" }
                return state.failure == nil
            }
            if wasListening {
                wait = Self.pauses.first
                logger.error(
                    "\(name) has broken off and is made anew; the work goes on: \(reason)", metadata: id.metadata())
            }
            do { try await pause(wait) } catch { return }
            wait = min(wait * 2, Self.pauses.longest)
        }
    }

    private func listens(_ onFirst: @Sendable () async -> Void) async {
        let (isFirst, isAgain) = state.withLock { state in
            defer { (state.hasListened, state.failure, state.complaint) = (true, nil, nil) }
            return (!state.hasListened, state.failure != nil)
        }
        if isAgain { logger.notice("\(name) listens again") }
        if isFirst { await onFirst() }
    }
}

/// A listener that has ended before it listened, without a reason.
private struct ListenerClosed: Error, CustomStringConvertible {
    let name: String
    var description: String { "\(name) ended before it listened" }
}
