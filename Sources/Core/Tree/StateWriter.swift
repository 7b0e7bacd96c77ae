import Flow
import Ledger
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
/// and there is one at a time, for two at once would store the same dead letters twice. Whoever asks while one is under way
/// waits for the one that follows it, all of them for the same one; and a disk that hangs holds up nobody for longer than he
/// is ready to wait.
package final class StateWriter: Sendable {
    /// A write that takes longer hangs: checkpoints stand still then, as when it fails.
    static let patience = Duration.seconds(5)

    /// The time in which nothing can be stored, from the first write that failed.
    private struct Episode {
        var error: String
        /// How many dead letters had been dropped when it began.
        let droppedBefore: Int
        var saysDropped = false
    }

    private struct State {
        var episode: Episode?
        var writes = WriteQueue()
    }

    package let store: any StateStore
    private let kernel: ErrorKernel
    private let observer: any Observer
    private let logger: Logger
    private let state = Locked(State())

    private var ledger: LedgerStore { kernel.ledger }
    private var runtime: SupervisionRuntime { kernel.runtime }

    package init(_ kernel: ErrorKernel, store: any StateStore, observer: any Observer, logger: Logger) {
        self.kernel = kernel
        self.store = store
        self.observer = observer
        self.logger = logger
    }

    /// The body of the supervised child.
    package func run() async throws {
        let interval = kernel.live.current.settings.storeInterval
        while true {
            try await runtime.sleep(until: runtime.nextMultiple(of: interval))
            let hangs = runtime.spawn { [self] in
                try? await runtime.sleep(until: runtime.now + Self.patience)
                if !Task.isCancelled { failed(StoreHangs(patience: Self.patience)) }
            }
            defer { hangs.cancel() }
            let written = ask()
            // Who is told to stop does not wait for the disk; the write goes on to its end.
            await withTaskCancellationHandler {
                _ = await written.value
            } onCancel: {
                written.resolve(false)
            }
        }
    }

    /// Why nothing is stored at present; nil when the last write did not fail.
    var lastFailure: String? { state.withLock { $0.episode?.error } }

    /// Stores what has changed: the checkpoints together with the dead letters that they pass. Waits for the writes that are
    /// under way, but not longer than until `deadline`.
    ///
    /// - Returns: whether the write ended in time.
    @discardableResult
    func write(until deadline: Duration? = nil) async -> Bool {
        let written = ask()
        guard let deadline else { return await written.value }
        return await runtime.wait(until: deadline, for: written)
    }

    /// Stores what has changed. Returns why it is not stored, in words; nil: it is. A disk that hangs is one reason.
    func writeInPatience() async -> String? {
        guard await write(until: runtime.now + Self.patience) else { return "\(StoreHangs(patience: Self.patience))" }
        return lastFailure
    }

    /// The checkpoints, once all that is known by now has been stored: what a write that is under way stores would be newer.
    ///
    /// - Throws: ``StoreHangs``, and what the store throws.
    func checkpoints() async throws -> [Checkpoint] {
        guard await write(until: runtime.now + Self.patience) else { throw StoreHangs(patience: Self.patience) }
        return try await store.checkpoints()
    }

    /// Asks for a write that begins from now on; the answer comes with its end.
    private func ask() -> OneShot<Bool> {
        let written = OneShot<Bool>()
        if state.withLock({ $0.writes.ask(written) }) {
            runtime.spawn { [self] in
                repeat {
                    await commit()
                } while endOfWrite()
            }
        }
        return written
    }

    /// Answers those who have waited for the write that has ended. Returns whether another one is to follow.
    private func endOfWrite() -> Bool {
        let (answered, goesOn) = state.withLock { $0.writes.end() }
        for written in answered { written.resolve(true) }
        return goesOn
    }

    private func commit() async {
        do {
            succeeded(dropped: try await commitOnce())
        } catch let error as StateVanished {
            // Written anew at once. The tree is degraded by it until the next write finds all as it should be.
            failed(error)
            ledger.withLock { $0.forgetStored() }
            do { _ = try await commitOnce() } catch { failed(error) }
        } catch {
            failed(error)
        }
    }

    /// Returns how many dead letters of which stream the store has been told of as lost.
    private func commitOnce() async throws -> [String: Int] {
        let unstored = ledger.withLock { ledger in
            ledger.compact()
            return ledger.unstored()
        }
        guard !unstored.isEmpty else {
            try await store.check()
            return [:]
        }
        let commit = unstored.commit
        try await store.commit(commit)
        let hasNotices = ledger.withLock { ledger in
            ledger.stored(unstored)
            return ledger.hasNotices
        }
        if hasNotices { kernel.flowNotify.notify() }
        return commit.dropped
    }

    private func succeeded(dropped: [String: Int]) {
        if state.withLock({ $0.episode.take() }) != nil {
            logger.notice("the state is written again", metadata: ["message_id": "state-writable"])
            observer.note(.state(.recovered))
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
            observer.note(.state(.failed("\(error)".beginning(1024))))
        }
        if isDropping {
            observer.note(.state(.drops))
            logger.error("there are more dead letters than can wait for the store: the oldest are dropped, and counted")
        }
    }
}

/// Who waits for which write. One is under way at a time, and all who ask meanwhile wait for the next.
private struct WriteQueue {
    private var isUnderway = false
    private var underway: [OneShot<Bool>] = []
    private var next: [OneShot<Bool>] = []

    /// Returns whether a write is to begin.
    mutating func ask(_ written: OneShot<Bool>) -> Bool {
        guard isUnderway else {
            isUnderway = true
            underway = [written]
            return true
        }
        next.append(written)
        return false
    }

    mutating func end() -> (answered: [OneShot<Bool>], goesOn: Bool) {
        let answered = underway
        underway = next
        next = []
        isUnderway = !underway.isEmpty
        return (answered, isUnderway)
    }
}

/// The store takes a write and does not come back.
private struct StoreHangs: Error, CustomStringConvertible {
    let patience: Duration

    var description: String {
        "the disk has not answered for \(patience.components.seconds) s; what waits is stored when it does"
    }
}
