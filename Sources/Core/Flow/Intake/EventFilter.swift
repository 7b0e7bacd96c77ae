import Ledger
import NIOCore
public import Templates

/// Which events of a stream are worked on. The others are received and processed at once, before they take any room.
///
/// Kill messages always pass.
public struct EventFilter: Sendable, Hashable {
    /// Only events of these types pass; nil: of any. An event without a type is a `message`.
    public var types: Set<String>?
    /// Only events of which this is true pass; nil: any.
    public var condition: Filter?
    /// Whether an event passes of which that cannot be said, because its data is no JSON.
    public var passesWhatIsNoJSON: Bool

    /// Makes a filter; with nothing but defaults it lets everything pass.
    public init(types: Set<String>? = nil, condition: Filter? = nil, passesWhatIsNoJSON: Bool = true) {
        self.types = types
        self.condition = condition
        self.passesWhatIsNoJSON = passesWhatIsNoJSON
    }
}

/// A filter at work on one batch.
struct EventSieve {
    private let types: [[UInt8]]?
    private var evaluator: FilterEvaluator?
    private let passesWhatIsNoJSON: Bool
    private let stream: [UInt8]
    private let killMessage: ByteBuffer?

    private static let defaultType = Array("message".utf8)

    init(_ filter: EventFilter, stream: String, killMessage: ByteBuffer?) {
        types = filter.types.map { $0.map { Array($0.utf8) } }
        evaluator = filter.condition.map { FilterEvaluator($0) }
        passesWhatIsNoJSON = filter.passesWhatIsNoJSON
        self.stream = Array(stream.utf8)
        self.killMessage = killMessage
    }

    /// Whether an event passes.
    mutating func passes(_ event: Event) -> Bool {
        if let killMessage, killMessage == event.data { return true }
        guard let type = event.type else {
            return Self.defaultType.withUnsafeBytes { passes(event, type: $0) }
        }
        return type.withUnsafeReadableBytes { passes(event, type: $0) }
    }

    private mutating func passes(_ event: Event, type: UnsafeRawBufferPointer) -> Bool {
        if let types, !types.contains(where: { $0.elementsEqual(type) }) { return false }
        guard evaluator != nil else { return true }
        let verdict = event.data.withUnsafeReadableBytes { data in
            event.id.withUnsafeReadableBytes { id in
                stream.withUnsafeBytes { stream in evaluator?.judge(data, type: type, id: id, stream: stream) }
            }
        }
        return switch verdict {
        case .passes, nil: true
        case .fails: false
        case .notJSON: passesWhatIsNoJSON
        }
    }
}
