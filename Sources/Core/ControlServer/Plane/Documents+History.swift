import ControlAPI
import Pipeline
import ProgramKit

// What is kept of what happened, in the documents of the API.

extension ControlAPI.Event {
    init(_ event: TreeEvent) {
        self.init(
            id: event.id, time: UTCTime(microseconds: event.time).text, kind: Kind(rawValue: event.kind.rawValue),
            level: Level(rawValue: event.level.rawValue), message: event.message, fields: event.fields)
    }
}

extension Crash {
    init(_ record: CrashRecord) {
        self.init(
            id: record.id, time: UTCTime(microseconds: record.time).text, child: record.child.name,
            supervisor: record.supervisor,
            incarnation: record.incarnation, reason: "\(record.reason)", cause: Cause(rawValue: record.cause.rawValue),
            charged: record.isCharged, action: Action(rawValue: record.action.rawValue),
            replacement: record.replacement,
            replacedInMicroseconds: record.recovery.map { Int64($0 / .microseconds(1)) },
            budget: record.budget.map { RestartBudget($0, left: record.remainingRestarts ?? 0) },
            message: record.message.map(CrashMessage.init))
    }
}

extension CrashMessage {
    fileprivate init(_ message: CrashRecord.Message) {
        self.init(
            sequence: message.sequence, stream: message.stream, eventID: message.eventID, attempt: message.attempt,
            maxAttempts: message.maxAttempts, fate: Fate(rawValue: message.fate.rawValue))
    }
}

extension Decision {
    /// - Parameter now: by the tree's clock.
    init(_ folded: FoldedDecision, at now: Duration) {
        let decision = folded.decision
        self.init(
            time: UTCTime(microseconds: folded.time).text, repeated: folded.repeated, from: decision.from,
            to: decision.to,
            raw: decision.raw, reason: decision.reason.rawValue, mean: (decision.mean * 1000).rounded() / 1000,
            inFlight: decision.inFlight,
            heldForSeconds: decision.heldUntil.map { max(0, (($0 - now) / .milliseconds(1)).rounded() / 1000) },
            text: "\(decision)", by: decision.by)
    }
}

extension TapItem {
    init(_ item: TappedItem) {
        switch item {
        case .skipped(let count): self = .skipped(count)
        case .message(let message):
            self = .record(
                TapRecord(
                    time: UTCTime(microseconds: message.time).text,
                    stage: TapRecord.Stage(rawValue: message.stage.rawValue),
                    sequence: message.sequence, stream: message.stream, eventID: message.eventID,
                    type: message.type ?? "message", attempt: message.attempt, worker: message.worker,
                    reason: message.reason, milliseconds: message.latency?.inMilliseconds, data: message.data,
                    bytes: message.bytes))
        }
    }
}
