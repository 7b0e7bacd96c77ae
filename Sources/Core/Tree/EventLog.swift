import Flow
import Ledger
import Locking
import Logging
import Supervision

/// Sees every event of the tree: logs it, counts restarts, and tells those who wait for one.
package final class EventLog: Sendable {
    private typealias Answer = OneShot<SupervisionEvent?>

    private struct State {
        var restarts: UInt64 = 0
        var waiters: [UInt64: (matches: @Sendable (SupervisionEvent) -> Bool, answer: Answer)] = [:]
        var nextWaiter: UInt64 = 0
    }

    private let state = Locked(State())
    private let observer: any Observer
    private let logger: Logger

    package init(_ observer: any Observer, logger: Logger) {
        self.observer = observer
        self.logger = logger
    }

    /// How often a worker, a direct supervisor or anything else of the tree was started again.
    package var restarts: UInt64 { state.withLock(\.restarts) }

    /// The observer of every supervisor.
    @Sendable package func note(_ event: SupervisionEvent) {
        let answers = state.withLock { state -> [Answer] in
            if case .restarted = event.kind { state.restarts += 1 }
            guard !state.waiters.isEmpty else { return [] }
            let matching = state.waiters.filter { $0.value.matches(event) }
            for number in matching.keys { state.waiters[number] = nil }
            return matching.sorted { $0.key < $1.key }.map(\.value.answer)
        }
        // Before anybody hears of it, so that who was told finds it there.
        observer.note(.supervision(event))
        for answer in answers { answer.resolve(event) }
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
        let answer = Answer()
        let number = state.withLock { state in
            state.nextWaiter += 1
            state.waiters[state.nextWaiter] = (matches, answer)
            return state.nextWaiter
        }
        let giveUp: @Sendable () -> Void = { [self] in
            state.withLock { $0.waiters[number] = nil }
            answer.resolve(nil)
        }
        let deadline = runtime.now + timeout
        let alarm = runtime.spawn {
            try? await runtime.sleep(until: deadline)
            giveUp()
        }
        defer { alarm.cancel() }
        runtime.spawn { if await !action() { giveUp() } }
        return await answer.value
    }
}
