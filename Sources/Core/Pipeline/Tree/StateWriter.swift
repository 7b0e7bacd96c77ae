import Locking
import Logging
import Supervision

/// Brings checkpoints and dead letters to the store, at most once an interval and at the end.
///
/// It is a child of its own, because a write waits for a disk, and flow_manager must not. While the store fails, nothing is
/// lost: the ledger keeps what is not stored, the checkpoints stand still, and every interval is another try.
final class StateWriter: Sendable {
    let store: any StateStore
    private let ledger: LedgerStore
    private let interval: Duration
    private let runtime: SupervisionRuntime
    private let logger: Logger
    private let failure = Locked<String?>(nil)

    init(ledger: LedgerStore, store: any StateStore, interval: Duration, runtime: SupervisionRuntime, logger: Logger) {
        self.ledger = ledger
        self.store = store
        self.interval = interval
        self.runtime = runtime
        self.logger = logger
    }

    /// The body of the supervised child.
    func run() async throws {
        while true {
            try await runtime.sleep(until: runtime.now + interval)
            await write()
        }
    }

    /// Why the last write failed; nil when it did not.
    var lastFailure: String? { failure.withLock { $0 } }

    /// Stores what has changed: the checkpoints together with the dead letters that they pass.
    func write() async {
        let state = ledger.withLock { $0.unstored() }
        guard !state.isEmpty else { return }
        do {
            try await store.commit(deadLetters: state.deadLetters, checkpoints: state.checkpoints)
            ledger.withLock { $0.stored(state) }
            if failure.withLock({ $0.take() }) != nil {
                logger.notice("the state is written again", metadata: ["message_id": "state-writable"])
            }
        } catch {
            let isNew = failure.withLock { failure in
                defer { failure = "\(error)" }
                return failure == nil
            }
            if isNew {
                logger.error(
                    "the state could not be written, checkpoints stand still until it can: \(error)",
                    metadata: ["message_id": "state-unwritable"])
            }
        }
    }
}
