import DequeModule
import Flow
import Ledger
import Locking
import Supervision
import Tree

/// The last crashes, put together from what the supervisors say: that a child is restarted, and that it has been.
///
/// A child that ends because it is told to is no crash: nobody starts it again.
package final class CrashHistory: Sendable {
    static let kept = 500

    private struct State {
        var records: Deque<CrashRecord> = []
        var last: UInt64 = 0
        /// Crashes whose child has not been started again, by the incarnation that ended last.
        var pending: [UInt64: UInt64] = [:]
        /// How bodies ended, by the incarnation of their worker, which its supervisor has not seen end; the oldest first.
        var postMortems: Deque<(incarnation: UInt64, found: PostMortem)> = []

        mutating func takePostMortem(of incarnation: UInt64) -> PostMortem? {
            guard let index = postMortems.lastIndex(where: { $0.incarnation == incarnation }) else { return nil }
            return postMortems.remove(at: index).found
        }

        /// Changes a record, if it is still kept.
        mutating func update(_ id: UInt64, _ change: (inout CrashRecord) -> Void) {
            let index = Int(id) - 1 - (Int(last) - records.count)
            guard records.indices.contains(index) else { return }
            change(&records[index])
        }

        mutating func append(_ record: (_ id: UInt64) -> CrashRecord) {
            last += 1
            records.append(record(last))
            if records.count > CrashHistory.kept { records.removeFirst() }
        }

        /// A supervisor that ended between an end and a restart leaves the crash open: forgets the oldest.
        mutating func boundPending() {
            guard pending.count > 2 * CrashHistory.kept else { return }
            let first = last - UInt64(records.count)
            pending = pending.filter { $0.value > first }
        }
    }

    private let state = Locked(State())
    private let live: LiveSettings
    private let ledger: LedgerStore
    private let wallClock: @Sendable () -> Int64

    package init(_ kernel: ErrorKernel) {
        live = kernel.live
        ledger = kernel.ledger
        wallClock = kernel.wallClock
    }

    /// Takes note of how the body of a worker ended. Its supervisor sees that in a moment; of a worker that was told to stop it has
    /// nothing to say, so only some are kept.
    package func note(_ postMortem: PostMortem, of incarnation: UInt64) {
        state.withLock { state in
            state.postMortems.append((incarnation, postMortem))
            if state.postMortems.count > 64 { state.postMortems.removeFirst() }
        }
    }

    /// Takes note of what a supervisor says. The number of the crash that has come to its end by it, if one has.
    package func note(_ event: SupervisionEvent, at now: Duration) -> UInt64? {
        switch event.kind {
        case .restarting(let reason, _):
            guard state.withLock({ $0.pending[event.incarnation] == nil }) else { return nil }
            let (message, time, budget) = (message(of: reason), wallClock(), budget(of: event.supervisor))
            state.withLock { state in
                let postMortem = state.takePostMortem(of: event.incarnation)
                state.append { id in
                    CrashRecord(
                        id: id, time: time, child: event.child, supervisor: event.supervisor,
                        incarnation: event.incarnation, reason: reason, action: .restarting, budget: budget,
                        remainingRestarts: event.remainingRestarts, message: message, postMortem: postMortem,
                        detected: now)
                }
                state.pending[event.incarnation] = state.last
                state.boundPending()
            }
            return nil
        case .restarted:
            guard let previous = event.previousIncarnation else { return nil }
            return state.withLock { state in
                guard let id = state.pending.removeValue(forKey: previous) else { return nil }
                state.update(id) { record in
                    record.action = .restarted
                    record.replacement = event.incarnation
                    record.recovery = now - record.detected
                    record.remainingRestarts = event.remainingRestarts
                }
                return id
            }
        case .restartFailed:
            guard let previous = event.previousIncarnation else { return nil }
            state.withLock { state in
                guard let id = state.pending.removeValue(forKey: previous) else { return }
                state.pending[event.incarnation] = id
                state.update(id) { $0.remainingRestarts = event.remainingRestarts }
            }
            return nil
        case .gaveUp(_, let reason):
            let (message, time, budget) = (message(of: reason), wallClock(), budget(of: event.supervisor))
            return state.withLock { state in
                if let id = state.pending.removeValue(forKey: event.incarnation) {
                    state.update(id) { $0.action = .gaveUp }
                    return id
                }
                let postMortem = state.takePostMortem(of: event.incarnation)
                state.append { id in
                    CrashRecord(
                        id: id, time: time, child: event.child, supervisor: event.supervisor,
                        incarnation: event.incarnation, reason: reason, action: .gaveUp, budget: budget,
                        remainingRestarts: event.remainingRestarts, message: message, postMortem: postMortem,
                        detected: now)
                }
                return state.last
            }
        case .started, .exited, .abandoned, .abandonedEnded: return nil
        }
    }

    /// The last `limit` crashes, the oldest first.
    package func last(_ limit: Int) -> [CrashRecord] { state.withLock { Array($0.records.suffix(limit)) } }

    /// One crash; nil: it is not kept any more, or there was none of that number.
    package func record(_ id: UInt64) -> CrashRecord? {
        state.withLock { state in
            let first = state.last - UInt64(state.records.count)
            guard id > first, id <= state.last else { return nil }
            return state.records[Int(id - first) - 1]
        }
    }

    /// The number of the crash of an incarnation; nil: it is not kept any more, or there was none.
    package func number(of incarnation: UInt64, as child: ChildID) -> UInt64? {
        state.withLock { $0.records.last { $0.incarnation == incarnation && $0.child == child }?.id }
    }

    // MARK: - The particulars

    private func budget(of supervisor: String) -> RestartBudget? {
        let settings = live.current.settings
        return switch supervisor {
        case "application_supervisor": settings.applicationBudget
        case "main_supervisor": settings.mainSupervisorBudget
        case "stream_supervisor": settings.streamSupervisorBudget
        default: supervisor.hasPrefix("direct_supervisor.") ? settings.directSupervisorBudget : nil
        }
    }

    private func message(of reason: ExitReason) -> CrashRecord.Message? {
        guard case .error(let error) = reason else { return nil }
        let maxAttempts = live.current.settings.maxAttempts
        if let fault = error as? MessageFault {
            let fate: CrashRecord.Message.Fate =
                switch fault.kind {
                case .killed: .killed
                case .crashed where fault.count > 1, .timedOut where fault.count > 1: .dealtAgain
                case .crashed, .timedOut: fault.message.attempt < maxAttempts ? .retried : .deadLettered
                }
            return CrashRecord.Message(fault.message, of: maxAttempts, fate)
        }
        // A worker that was told to go may have been done with its message all the same: then it is not held any more.
        guard let held = (error as? InjectedCrash)?.message,
            ledger.withLock({ $0.isToBeDone(held.sequence, at: held.slot) })
        else { return nil }
        return CrashRecord.Message(held, of: maxAttempts, .dealtAgain)
    }
}

extension CrashRecord.Message {
    fileprivate init(_ message: MessageInHand, of maxAttempts: Int, _ fate: Fate) {
        self.init(
            sequence: message.sequence, stream: message.stream, eventID: message.eventID, attempt: message.attempt,
            maxAttempts: maxAttempts, fate: fate)
    }
}
