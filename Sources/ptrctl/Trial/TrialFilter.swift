import EventSource
import Locking
import NIOCore
import PtrConfiguration
import Templates

/// What decides whether a message is worked on: what a stream's configuration says of that.
final class TrialFilter: Sendable {
    private let types: Set<String>
    private let evaluator: Locked<FilterEvaluator?>
    private let passesWhatIsNoJSON: Bool
    private let stream: String

    /// Nil: all events are worked on.
    init?(_ stream: StreamConfiguration) {
        guard !stream.events.isEmpty || stream.condition != nil else { return nil }
        types = Set(stream.events)
        evaluator = Locked(stream.condition.map { FilterEvaluator($0) })
        passesWhatIsNoJSON = stream.whereNotJSON == .pass
        self.stream = stream.name
    }

    /// Whether an event passes.
    func passes(_ event: EventStreamEvent) -> Bool {
        guard types.isEmpty || types.contains(event.typeString) else { return false }
        let verdict = evaluator.withLock { evaluator in
            event.data.withUnsafeReadableBytes { data in
                ByteBuffer(string: event.typeString).withUnsafeReadableBytes { type in
                    event.lastEventID.withUnsafeReadableBytes { id in
                        ByteBuffer(string: stream).withUnsafeReadableBytes { stream in
                            evaluator?.judge(data, type: type, id: id, stream: stream)
                        }
                    }
                }
            }
        }
        return switch verdict {
        case .passes, nil: true
        case .fails: false
        case .notJSON: passesWhatIsNoJSON
        }
    }
}
