import Locking
import Logging
import Supervision

/// Sees every event of the tree: logs it, counts restarts, and tells those who wait for one.
final class EventLog: Sendable {
    private struct State {
        var restarts: UInt64 = 0
        var waiters:
            [UInt64: (
                matches: @Sendable (SupervisionEvent) -> Bool, answer: CheckedContinuation<SupervisionEvent?, Never>
            )] = [:]
        var nextWaiter: UInt64 = 0
    }

    private let state = Locked(State())
    private let observation: Observation
    private let logger: Logger

    init(_ observation: Observation, logger: Logger) {
        self.observation = observation
        self.logger = logger
    }

    /// How often a worker, a direct supervisor or anything else of the tree was started again.
    var restarts: UInt64 { state.withLock(\.restarts) }

    /// The observer of every supervisor.
    @Sendable func note(_ event: SupervisionEvent) {
        let answers = state.withLock { state -> [CheckedContinuation<SupervisionEvent?, Never>] in
            if case .restarted = event.kind { state.restarts += 1 }
            guard !state.waiters.isEmpty else { return [] }
            let matching = state.waiters.filter { $0.value.matches(event) }
            for number in matching.keys { state.waiters[number] = nil }
            return matching.sorted { $0.key < $1.key }.map(\.value.answer)
        }
        // Before anybody hears of it, so that who was told finds it there.
        observation.note(event)
        for answer in answers { answer.resume(returning: event) }
        // Both are made only if the level is logged: a worker may crash ten thousand times a second.
        logger.log(level: event.level, "\(event)", metadata: metadata(of: event))
    }

    private func metadata(of event: SupervisionEvent) -> Logger.Metadata {
        var metadata = Logger.Metadata(uniqueKeysWithValues: event.fields.map { ($0.key, .string($0.value)) })
        metadata["message_id"] = messageID(of: event)
        return metadata
    }

    /// What the journal's catalog explains the event by, if it needs an explanation.
    private func messageID(of event: SupervisionEvent) -> Logger.Metadata.Value? {
        switch event.kind {
        case .gaveUp where event.supervisor.hasPrefix("direct_supervisor"): "worker-crash-loop"
        case .gaveUp: "supervisor-gave-up"
        case .abandoned: "child-abandoned"
        case .started, .exited, .restarting, .restarted, .restartFailed, .abandonedEnded: nil
        }
    }

    /// Waits for an event while `action` brings it about; nil when `action` throws or the wait is given up.
    func first(
        where matches: @escaping @Sendable (SupervisionEvent) -> Bool, within timeout: Duration,
        runtime: SupervisionRuntime, after action: @escaping @Sendable () async -> Bool
    ) async -> SupervisionEvent? {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let deadline = runtime.now + timeout
        let giveUp: @Sendable () -> Void = { [self] in
            state.withLock { $0.waiters.removeValue(forKey: number) }?.answer.resume(returning: nil)
        }
        let alarm = runtime.spawn {
            try? await runtime.sleep(until: deadline)
            giveUp()
        }
        defer { alarm.cancel() }
        return await withCheckedContinuation { continuation in
            state.withLock { $0.waiters[number] = (matches, continuation) }
            runtime.spawn { if await !action() { giveUp() } }
        }
    }
}
