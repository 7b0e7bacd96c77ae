import EventSource

@testable import Pipeline

/// A bug, planted in the books of a running tree: proof that one would be seen.
enum Sabotage: CaseIterable {
    /// Somebody says that a message is done which its handler still has.
    case falseOutcome
    /// A message is admitted that nobody brought.
    case falseMessage
    /// A checkpoint moves on by itself.
    case falseCheckpoint

    /// Plants it. False: there is no occasion yet.
    func strike(_ application: Application) -> Bool {
        application.ledger.withLock { ledger in
            for slot in ledger.slots {
                guard let message = slot.message, case .leased(let lease) = slot.state else { continue }
                let stream = message.stream
                switch self {
                case .falseOutcome:
                    return ledger.finish(lease, .done, by: "nobody", at: .zero)
                case .falseMessage:
                    var arrival = Arrival(PackedEvents([message.event]))
                    return ledger.admit(&arrival, limit: 1, stream: stream.index, receivedAt: .zero) == 1
                case .falseCheckpoint:
                    let checkpoint = Checkpoint(stream: stream.name, lastEventID: SimulatedServer.id(1000))
                    ledger.resume(stream.index, after: checkpoint)
                    return true
                }
            }
            return false
        }
    }
}
