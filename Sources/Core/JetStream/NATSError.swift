/// What goes wrong with a broker, and what to do about it.
public enum NATSError: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is no connection to any node; the reason of the last try.
    case disconnected(String)
    /// No answer came in time.
    case timeout
    /// Nobody there who answers: a stream without a leader or a node without the others, or a stream that does not exist.
    case noResponders
    /// The stream is full and takes nothing new.
    case full(String)
    /// The message is larger than what the broker or the stream takes.
    case tooLarge(String)
    /// The broker refuses; the number is JetStream's `err_code`.
    case refused(code: Int, String)
    /// What is to be sent makes no sense: an empty subject, or one with a space.
    case invalid(String)
    /// An answer that is none.
    case garbled(String)
    /// The connection was closed by us.
    case closed

    /// In words, for people.
    public var description: String {
        switch self {
        case .disconnected(let reason): "there is no connection to the broker: \(reason)"
        case .timeout: "the broker did not answer in time"
        case .noResponders: "nobody answers for the subject: its stream has no leader, or there is no such stream"
        case .full(let reason): "the stream is full (\(reason)): raise its limits, or let its consumers catch up"
        case .tooLarge(let reason): "the message is too large for the broker: \(reason)"
        case .refused(let code, let reason): "the broker refuses: \(reason) (\(code))"
        case .invalid(let reason): "it cannot be sent: \(reason)"
        case .garbled(let what): "the broker's answer makes no sense: \(what)"
        case .closed: "the connection to the broker is closed"
        }
    }

    /// Whether the same request may well succeed a moment later: with a message id it can be repeated without harm.
    public var isPassing: Bool {
        switch self {
        case .disconnected, .timeout, .noResponders: true
        // No leader, no quorum, not ready, another one with this id is being stored, and what the server calls its own trouble.
        case .refused(let code, _): [10008, 10009, 10023, 10041, 10158].contains(code)
        case .full, .tooLarge, .invalid, .garbled, .closed: false
        }
    }

    /// The error that the broker's `err_code` stands for.
    init(code: Int, _ description: String) {
        switch code {
        case 10077, 10047, 10002: self = .full(description)
        case 10054, 10097: self = .tooLarge(description)
        default: self = .refused(code: code, description)
        }
    }
}
