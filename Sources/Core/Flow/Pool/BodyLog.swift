import Ledger
import Locking
import Logging
import Supervision

/// Tells what becomes of bodies that are processes: to the log, and to the observer. There may be many a second, so what is said is
/// bounded; what is counted is not.
package final class BodyLog: Sendable {
    /// Of what is everyday business and of what is not, so that the one does not keep the other from being said.
    private struct Share {
        var bucket = TokenBucket(TokenBucket.Rate(perSecond: 10, burst: 50))
        var unsaid = 0

        /// How many were left out before; nil: this one is left out, too.
        mutating func take(at now: Duration) -> Int? {
            guard bucket.take(at: now) else {
                unsaid += 1
                return nil
            }
            defer { unsaid = 0 }
            return unsaid
        }
    }

    private let shares = Locked((routine: Share(), grave: Share()))
    /// Nil: nobody wants to know.
    package let observer: (any Observer)?
    private let logger: Logger?

    package init(_ observer: (any Observer)? = nil, logger: Logger? = nil) {
        self.observer = observer
        self.logger = logger
    }

    func started(_ worker: ChildID, _ incarnation: UInt64, pid: Int32, in duration: Duration, at now: Duration) {
        say(worker, incarnation, pid: pid, .started(in: duration), at: now)
    }

    func exited(
        _ worker: ChildID, _ incarnation: UInt64, _ postMortem: PostMortem, after life: Duration?, at now: Duration
    ) {
        // First, so that a crash that follows from it finds it there.
        observer?.note(postMortem, of: incarnation)
        say(worker, incarnation, pid: postMortem.pid, .exited(postMortem, after: life), at: now)
    }

    /// The log is ``FailedStarts``'s.
    func couldNotStart(
        _ worker: ChildID, _ incarnation: UInt64, because reason: String, wait: Duration, at now: Duration
    ) {
        say(
            worker, incarnation, pid: nil, .cannotStart(reason.oneLine(400), wait: wait), at: now, isLogged: false)
    }

    private func say(
        _ worker: ChildID, _ incarnation: UInt64, pid: Int32?, _ kind: WorkerEvent.Kind, at now: Duration,
        isLogged: Bool = true
    ) {
        func event(_ unsaid: Int) -> WorkerEvent {
            WorkerEvent(worker: worker.name, incarnation: incarnation, pid: pid, kind: kind, unsaid: unsaid)
        }
        let isRoutine = event(0).level < .notice
        let unsaid = shares.withLock { shares in
            isRoutine ? shares.routine.take(at: now) : shares.grave.take(at: now)
        }
        guard let unsaid else { return }
        let said = event(unsaid)
        observer?.note(.worker(said))
        guard isLogged else { return }
        // Made only if the level is logged.
        logger?.log(level: said.level, "\(said)", metadata: metadata(of: said))
    }

    private func metadata(of event: WorkerEvent) -> Logger.Metadata {
        var metadata = Logger.Metadata(uniqueKeysWithValues: event.fields.map { ($0.key, .string($0.value)) })
        metadata["message_id"] = .string(event.messageID)
        return metadata
    }
}
