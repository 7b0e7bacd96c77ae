import Locking
import Logging
import Supervision

/// Brings checkpoints and dead letters to the store, at most once an interval and at the end.
///
/// It is a child of its own, because a write waits for a disk, and flow_manager must not. While the store fails, checkpoints
/// stand still, every interval is another try, and the ledger keeps what is not stored, within bounds: what
/// finds no room any more is counted, and the count is stored before a checkpoint passes it.
///
/// A write belongs to this value and not to the incarnation that asked for it, so it goes on to its end when that one crashes;
/// and there is one at a time, for two at once would store the same dead letters twice.
final class StateWriter: Sendable {
    /// The time in which nothing can be stored, from the first write that failed.
    private struct Episode {
        var error: String
        /// How many dead letters had been dropped when it began.
        let droppedBefore: Int
        var saysDropped = false
    }

    private struct State {
        var episode: Episode?
        var last: Task<Void, Never>?
    }

    let store: any StateStore
    private let ledger: LedgerStore
    private let interval: Duration
    private let runtime: SupervisionRuntime
    private let events: EventHistory?
    private let logger: Logger
    private let state = Locked(State())

    init(
        ledger: LedgerStore, store: any StateStore, interval: Duration, runtime: SupervisionRuntime,
        events: EventHistory? = nil, logger: Logger
    ) {
        self.ledger = ledger
        self.store = store
        self.interval = interval
        self.runtime = runtime
        self.events = events
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
    var lastFailure: String? { state.withLock { $0.episode?.error } }

    /// Stores what has changed: the checkpoints together with the dead letters that they pass. Waits for the writes that are
    /// under way.
    func write() async {
        let write = state.withLock { state in
            let write = runtime.spawn { [self, last = state.last] in
                await last?.value
                await commit()
            }
            state.last = write
            return write
        }
        await write.value
    }

    private func commit() async {
        let unstored = ledger.withLock { $0.unstored() }
        guard !unstored.isEmpty else { return }
        let commit = unstored.commit
        do {
            try await store.commit(commit)
            ledger.withLock { $0.stored(unstored) }
            succeeded(dropped: commit.dropped)
        } catch {
            failed(error)
        }
    }

    private func succeeded(dropped: [String: Int]) {
        if state.withLock({ $0.episode.take() }) != nil {
            logger.notice("the state is written again", metadata: ["message_id": "state-writable"])
            events?.append(.state(.recovered))
        }
        for (stream, count) in dropped.sorted(by: { $0.key < $1.key }) {
            logger.error(
                "\(count) dead letter(s) of stream \(stream) could not be kept until they could be stored; they are lost, and counted",
                metadata: ["stream": "\(stream)", "dropped": "\(count)"])
        }
    }

    /// An episode is logged when it begins, and when it begins to cost dead letters.
    private func failed(_ error: any Error) {
        let dropped = ledger.snapshot.unsavedDropped
        let (isNew, isDropping) = state.withLock { state in
            let isNew = state.episode == nil
            var episode = state.episode ?? Episode(error: "", droppedBefore: dropped)
            episode.error = "\(error)"
            let isDropping = dropped > episode.droppedBefore && !episode.saysDropped
            episode.saysDropped = episode.saysDropped || isDropping
            state.episode = episode
            return (isNew, isDropping)
        }
        if isNew {
            logger.error(
                "the state could not be written, checkpoints stand still until it can: \(error)",
                metadata: ["message_id": "state-unwritable"])
            events?.append(.state(.failed("\(error)".beginning(1024))))
        }
        if isDropping {
            events?.append(.state(.drops))
            logger.error("there are more dead letters than can wait for the store: the oldest are dropped, and counted")
        }
    }
}
